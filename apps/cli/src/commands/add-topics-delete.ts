import type { Command } from 'commander';
import { deleteTopic, describeTopic } from '#log';
import type { Database } from '#postgres';
import { confirm, isTerminal } from '../confirm.js';
import { count } from '../count.js';
import type { GlobalOptions } from '../global-options.js';
import type { Io } from '../io.js';
import type { Output } from '../output.js';
import { withDatabase } from '../with-database.js';

interface DeleteOptions extends GlobalOptions {
  readonly yes?: boolean;
}

const EXAMPLES = `
The topic is gone at once, with what groups committed in it, and its name is free. Its tables are dropped one by one by
maintenance, wherever that runs; until then 'postamt segments' lists them.

Examples:
  $ postamt topics delete incidents         asks first
  $ postamt topics delete incidents --yes   does not: for scripts`;

/** `postamt topics delete <topic>` */
export function addTopicsDelete(topics: Command, output: Output, io: Io): void {
  topics
    .command('delete')
    .description('delete a topic with all its records, for good')
    .argument('<topic>', 'its name')
    .option('--yes', 'do not ask')
    .addHelpText('after', EXAMPLES)
    .action(async (name: string, _options: object, command: Command) => {
      const options = command.optsWithGlobals<DeleteOptions>();
      if (!options.yes && !isTerminal(io))
        command.error(
          `error: give --yes to delete topic ${name}: there is no terminal to ask at`,
        );
      await withDatabase(options, async (db) => {
        if (!options.yes) await ask(db, { name, command, io });
        await deleteTopic(db, name);
        await output.line(
          options.json
            ? JSON.stringify({ name, deleted: true })
            : `deleted topic ${name}`,
        );
      });
    });
}

/** Ends the command where nobody agrees. */
async function ask(
  db: Database,
  { name, command, io }: { name: string; command: Command; io: Io },
): Promise<void> {
  const { partitions } = await describeTopic(db, name);
  const records = partitions.reduce(
    (sum, { logStartOffset, logEndOffset }) =>
      sum + logEndOffset - logStartOffset,
    0n,
  );
  const what = `${count(partitions.length, 'partition')} and ${count(records, 'record')}`;
  const question = `Delete topic ${name}, with ${what}, for good?`;
  if (await confirm(io, question)) return;
  command.error(`topic ${name} was not deleted`);
}
