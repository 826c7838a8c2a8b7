import type { Command } from 'commander';
import {
  deleteOffsets,
  type DeletedOffset,
  type DeleteOffsetsRequest,
} from '#groups';
import type { Database } from '#postgres';
import { count } from '../count.js';
import {
  addChangeOptions,
  agree,
  requireAgreement,
  type ChangeOptions,
} from '../groups/agreement.js';
import { groupJson } from '../groups/group-json.js';
import {
  addTopicOptions,
  topicsOf,
  type TopicOptions,
} from '../groups/topic-options.js';
import type { Io } from '../io.js';
import type { Output } from '../output.js';
import { formatTable } from '../table.js';
import { withDatabase } from '../with-database.js';

type DeleteOptions = ChangeOptions & TopicOptions;

interface Terminal {
  readonly command: Command;
  readonly output: Output;
  readonly io: Io;
}

const EXAMPLES = `
The group may have members, but none that subscribes to the topic.

Examples:
  $ postamt groups delete-offsets board --topic rooms --dry-run
  $ postamt groups delete-offsets board --topic rooms:3 --yes`;

/** `postamt groups delete-offsets <group>` */
export function addGroupsDeleteOffsets(
  groups: Command,
  output: Output,
  io: Io,
): void {
  const remove = groups
    .command('delete-offsets')
    .description('forget what a group has committed in topics')
    .argument('<group>', 'its name');
  addChangeOptions(addTopicOptions(remove))
    .addHelpText('after', EXAMPLES)
    .action(async (group: string, _options: object, command: Command) => {
      const options = command.optsWithGlobals<DeleteOptions>();
      const topics = topicsOf(options, command);
      requireAgreement(command, io, 'delete offsets');
      await withDatabase(options, (db) =>
        run(db, { group, topics }, { command, output, io }),
      );
    });
}

async function run(
  db: Database,
  request: DeleteOffsetsRequest,
  { command, output, io }: Terminal,
): Promise<void> {
  const options = command.optsWithGlobals<DeleteOptions>();
  const { dryRun = false, yes = false, json = false } = options;
  const { group } = request;
  if (!dryRun && !yes) {
    const planned = await deleteOffsets(db, request, { dryRun: true });
    if (!json) await output.line(formatOffsets(planned.partitions));
    const what = count(committedIn(planned.partitions), 'offset');
    await agree(command, io, `Delete ${what} of group ${group}, for good?`);
  }
  const report = await deleteOffsets(db, request, { dryRun });
  if (json) return output.line(groupJson({ dryRun, ...report }));
  const { partitions } = report;
  if (partitions.length > 0) await output.line(formatOffsets(partitions));
  const words = dryRun ? 'would delete' : 'deleted';
  const number = count(committedIn(partitions), 'offset');
  await output.line(`${words} ${number} of group ${group}`);
}

function formatOffsets(partitions: readonly DeletedOffset[]): string {
  return formatTable(
    ['topic', 'partition', 'committed'],
    partitions.map(({ topic, partition, before }) => [
      topic,
      partition,
      before ?? '-',
    ]),
  );
}

function committedIn(partitions: readonly DeletedOffset[]): number {
  return partitions.filter(({ before }) => before !== null).length;
}
