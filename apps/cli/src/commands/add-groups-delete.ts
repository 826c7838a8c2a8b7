import type { Command } from 'commander';
import { deleteGroups, type DeletedGroup } from '#groups';
import type { Database } from '#postgres';
import { count } from '../count.js';
import {
  addChangeOptions,
  agree,
  requireAgreement,
  type ChangeOptions,
} from '../groups/agreement.js';
import { groupJson } from '../groups/group-json.js';
import type { Io } from '../io.js';
import type { Output } from '../output.js';
import { withDatabase } from '../with-database.js';

interface Terminal {
  readonly command: Command;
  readonly output: Output;
  readonly io: Io;
}

const EXAMPLES = `
A group with members stays. What keeps one group from being deleted does not keep the others; the exit code is 1 then.

Examples:
  $ postamt groups delete board                asks first
  $ postamt groups delete board report --yes   does not: for scripts`;

/** `postamt groups delete <group...>` */
export function addGroupsDelete(groups: Command, output: Output, io: Io): void {
  const remove = groups
    .command('delete')
    .description('delete groups with all that they have committed, for good')
    .argument('<group...>', 'their names');
  addChangeOptions(remove)
    .addHelpText('after', EXAMPLES)
    .action(async (names: string[], _options: object, command: Command) => {
      requireAgreement(command, io, 'delete groups');
      await withDatabase(command.optsWithGlobals<ChangeOptions>(), (db) =>
        run(db, names, { command, output, io }),
      );
    });
}

async function run(
  db: Database,
  names: readonly string[],
  { command, output, io }: Terminal,
): Promise<void> {
  const options = command.optsWithGlobals<ChangeOptions>();
  const { dryRun = false, yes = false, json = false } = options;
  if (!dryRun && !yes) {
    const planned = await deleteGroups(db, names, { dryRun: true });
    throwIfAllFail(planned);
    await agree(command, io, questionOf(planned));
  }
  const deleted = await deleteGroups(db, names, { dryRun });
  if (json) await output.line(groupJson({ dryRun, groups: deleted }));
  else
    for (const each of deleted)
      if (!each.error) await output.line(wordsOf(each, dryRun));
  // Each that failed with its reason, where there are several; the last one as the command's own.
  const failures = deleted.flatMap(({ error }) => error ?? []);
  const last = failures.pop();
  for (const { code, message } of failures)
    if (!json) io.stderr.write(`postamt: ${code}: ${message}\n`);
  if (last) throw last;
}

function throwIfAllFail(planned: readonly DeletedGroup[]): void {
  const [first] = planned;
  if (first?.error && planned.every(({ error }) => error)) throw first.error;
}

function questionOf(planned: readonly DeletedGroup[]): string {
  const meant = planned.filter(({ error }) => !error);
  const names = meant.map(({ group }) => group).join(', ');
  const offsets = meant.reduce((sum, each) => sum + each.offsets, 0);
  return `Delete ${count(meant.length, 'group')} (${names}) with ${count(offsets, 'committed offset')}, for good?`;
}

function wordsOf({ group, offsets }: DeletedGroup, dryRun: boolean): string {
  const words = dryRun ? 'would delete' : 'deleted';
  return `${words} group ${group} with ${count(offsets, 'committed offset')}`;
}
