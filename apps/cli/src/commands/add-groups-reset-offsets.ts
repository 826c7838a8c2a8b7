import type { Command } from 'commander';
import { type ResetReport, type ResetRequest, resetOffsets } from '#groups';
import type { Database } from '#postgres';
import { count } from '../count.js';
import {
  addChangeOptions,
  agree,
  requireAgreement,
  type ChangeOptions,
} from '../groups/agreement.js';
import { groupJson } from '../groups/group-json.js';
import { changedIn, formatReset } from '../groups/reset-report.js';
import {
  addTargetOptions,
  targetOf,
  type TargetOptions,
} from '../groups/target-options.js';
import {
  addTopicOptions,
  topicsOf,
  type TopicOptions,
} from '../groups/topic-options.js';
import type { Io } from '../io.js';
import type { Output } from '../output.js';
import { withDatabase } from '../with-database.js';

type ResetOptions = ChangeOptions & TargetOptions & TopicOptions;

interface Terminal {
  readonly command: Command;
  readonly output: Output;
  readonly io: Io;
}

const EXAMPLES = `
It is refused while the group has members: stop them first. An offset that the log does not have becomes its start or its
end. A group that is not there is made, so that its first members begin where you say.

Examples:
  $ postamt groups reset-offsets board --topic incidents --to-earliest --dry-run
  $ postamt groups reset-offsets board --topic incidents:0,1 --to-offset 4200
  $ postamt groups reset-offsets board --all-topics --by-duration 1h30m
  $ postamt groups reset-offsets board --all-topics --shift-by -100 --yes`;

/** `postamt groups reset-offsets <group>` */
export function addGroupsResetOffsets(
  groups: Command,
  output: Output,
  io: Io,
): void {
  const reset = groups
    .command('reset-offsets')
    .description('put the committed offsets of a group elsewhere')
    .argument('<group>', 'its name');
  addTargetOptions(addTopicOptions(reset));
  addChangeOptions(reset)
    .addHelpText('after', EXAMPLES)
    .action(async (group: string, _options: object, command: Command) => {
      const options = command.optsWithGlobals<ResetOptions>();
      const topics = topicsOf(options, command);
      const to = targetOf(options, command);
      requireAgreement(command, io, 'reset offsets');
      await withDatabase(options, (db) =>
        run(db, { group, topics, to }, { command, output, io }),
      );
    });
}

async function run(
  db: Database,
  request: ResetRequest,
  terminal: Terminal,
): Promise<void> {
  const { command, output, io } = terminal;
  const options = command.optsWithGlobals<ResetOptions>();
  const { dryRun = false, yes = false, json = false } = options;
  if (!dryRun && !yes) {
    const planned = await resetOffsets(db, request, { dryRun: true });
    if (!json) await output.line(formatReset(planned));
    const what = count(planned.partitions.length, 'partition');
    await agree(
      command,
      io,
      `Reset the offsets of group ${request.group} in ${what}?`,
    );
  }
  const report = await resetOffsets(db, request, { dryRun });
  if (json) return output.line(groupJson({ dryRun, ...report }));
  if (report.partitions.length > 0) await output.line(formatReset(report));
  await output.line(words(report, dryRun));
}

function words(report: ResetReport, dryRun: boolean): string {
  const { group, created, partitions } = report;
  const done = dryRun ? 'would reset' : 'reset';
  const moved = changedIn(report).length;
  const made = created ? `, which ${dryRun ? 'would be' : 'was'} made` : '';
  return `${done} ${count(partitions.length, 'partition')} of group ${group}${made}; ${moved} of them elsewhere than before`;
}
