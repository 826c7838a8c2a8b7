import type { Command } from 'commander';
import { type DescribedGroup, describeGroup, listGroups } from '#groups';
import { isPostamtError } from '#kernel';
import type { Database } from '#postgres';
import type { GlobalOptions } from '../global-options.js';
import { formatGroup } from '../groups/group-description.js';
import { groupJson, groupView, type GroupView } from '../groups/group-json.js';
import type { Output } from '../output.js';
import { withDatabase } from '../with-database.js';

interface DescribeOptions extends GlobalOptions {
  readonly offsets?: boolean;
  readonly members?: boolean;
  readonly state?: boolean;
}

const EXAMPLES = `
A partition's lag is its log end less the offset that the group has committed; "oldest unread" is how old the first
record is that the group has not read. What cannot be read is shown as ?, with the reason below.

Examples:
  $ postamt groups describe board             offsets and lag, partition by partition
  $ postamt groups describe board --members   who is in it, and what each of them has
  $ postamt groups describe --state           all groups, in short
  $ postamt groups describe board --json | jq '[.partitions[].lagMs // 0] | max'`;

/** `postamt groups describe [group]` */
export function addGroupsDescribe(groups: Command, output: Output): void {
  groups
    .command('describe')
    .description('show how far a group is behind, or who its members are')
    .argument('[group]', 'its name; all groups by default')
    .option('--offsets', 'its partitions, with offsets and lag: the default')
    .option('--members', 'its members, with what they have')
    .option('--state', 'only the group itself')
    .addHelpText('after', EXAMPLES)
    .action(
      async (name: string | undefined, _options: object, command: Command) => {
        const options = command.optsWithGlobals<DescribeOptions>();
        const view = viewOf(options, command);
        await withDatabase(options, (db) =>
          describe(db, { name, view, json: options.json === true }, output),
        );
      },
    );
}

function viewOf(options: DescribeOptions, command: Command): GroupView {
  const views = (['offsets', 'members', 'state'] as const).filter(
    (view) => options[view],
  );
  if (views.length > 1)
    command.error('error: give one of --offsets, --members and --state');
  return views[0] ?? 'offsets';
}

async function describe(
  db: Database,
  what: {
    readonly name: string | undefined;
    readonly view: GroupView;
    readonly json: boolean;
  },
  output: Output,
): Promise<void> {
  const { name, view, json } = what;
  if (name !== undefined) {
    const group = await describeGroup(db, name);
    await output.line(
      json ? groupJson(groupView(group, view)) : formatGroup(group, view),
    );
    return;
  }
  const groups = await describeAll(db);
  if (json) {
    const shown = groups.map((group) => groupView(group, view));
    await output.line(groupJson(shown));
    return;
  }
  for (const [n, group] of groups.entries())
    await output.line(`${n > 0 ? '\n' : ''}${formatGroup(group, view)}`);
}

/** All groups but those that are deleted meanwhile. */
async function describeAll(db: Database): Promise<DescribedGroup[]> {
  const groups: DescribedGroup[] = [];
  for (const { name } of await listGroups(db)) {
    try {
      groups.push(await describeGroup(db, name));
    } catch (error) {
      if (!isPostamtError(error, 'GROUP_ID_NOT_FOUND')) throw error;
    }
  }
  return groups;
}
