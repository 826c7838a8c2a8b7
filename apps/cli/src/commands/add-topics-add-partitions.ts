import type { Command } from 'commander';
import { addPartitions } from '#log';
import { count } from '../count.js';
import type { GlobalOptions } from '../global-options.js';
import type { Io } from '../io.js';
import type { Output } from '../output.js';
import { summaryOf } from '../topic-summary.js';
import { wholeNumber } from '../whole-number.js';
import { withDatabase } from '../with-database.js';

interface AddPartitionsOptions extends GlobalOptions {
  readonly total: number;
}

const EXAMPLES = `
There are never fewer than before. What stands in the log stays where it is, and keys go to other partitions from now
on, as in Kafka: the order of a key holds before and after, not across.

Examples:
  $ postamt topics add-partitions incidents --total 12`;

/** `postamt topics add-partitions <topic>` */
export function addTopicsAddPartitions(
  topics: Command,
  output: Output,
  io: Io,
): void {
  topics
    .command('add-partitions')
    .description('give a topic more partitions; keys move')
    .argument('<topic>', 'its name')
    .requiredOption(
      '--total <count>',
      'how many it is to have in all',
      wholeNumber(1),
    )
    .addHelpText('after', EXAMPLES)
    .action(async (name: string, _options: object, command: Command) => {
      const options = command.optsWithGlobals<AddPartitionsOptions>();
      const { total, json } = options;
      await withDatabase(options, async (db) => {
        const topic = await addPartitions(db, name, total);
        io.stderr.write(
          `postamt: warning: keys of ${name} go to other partitions from now on; the order of a key holds before and after, not across\n`,
        );
        await output.line(
          json
            ? JSON.stringify(summaryOf(topic))
            : `topic ${name} has ${count(total, 'partition')}`,
        );
      });
    });
}
