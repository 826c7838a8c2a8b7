import type { Command } from 'commander';
import { listGroups } from '#groups';
import type { GlobalOptions } from '../global-options.js';
import { groupJson } from '../groups/group-json.js';
import type { Output } from '../output.js';
import { formatTable } from '../table.js';
import { withDatabase } from '../with-database.js';

/** `postamt groups list` */
export function addGroupsList(groups: Command, output: Output): void {
  groups
    .command('list')
    .description('list all groups, with their states, members and topics')
    .action(async (_options: object, command: Command) => {
      const options = command.optsWithGlobals<GlobalOptions>();
      await withDatabase(options, async (db) => {
        const all = await listGroups(db);
        const rows = all.map(({ name, state, members, generation, topics }) => [
          name,
          state,
          members,
          generation,
          topics.length === 0 ? '-' : topics.join(','),
        ]);
        const head = ['group', 'state', 'members', 'generation', 'topics'];
        await output.line(
          options.json ? groupJson(all) : formatTable(head, rows),
        );
      });
    });
}
