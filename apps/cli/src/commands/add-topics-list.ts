import type { Command } from 'commander';
import { listTopics } from '#log';
import type { GlobalOptions } from '../global-options.js';
import type { Output } from '../output.js';
import { formatTable } from '../table.js';
import { summaryOf } from '../topic-summary.js';
import { withDatabase } from '../with-database.js';

/** `postamt topics list` */
export function addTopicsList(topics: Command, output: Output): void {
  topics
    .command('list')
    .description('list all topics')
    .action(async (_options: object, command: Command) => {
      const options = command.optsWithGlobals<GlobalOptions>();
      await withDatabase(options, async (db) => {
        const all = (await listTopics(db)).map(summaryOf);
        const rows = all.map(({ name, partitions, id }) => [
          name,
          partitions,
          id,
        ]);
        await output.line(
          options.json
            ? JSON.stringify(all)
            : formatTable(['topic', 'partitions', 'id'], rows),
        );
      });
    });
}
