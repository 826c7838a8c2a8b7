import { MOST_LOCKS, type Database, type Tx } from '#postgres';
import {
  deleteGroupPartitions,
  deleteGroupRow,
  someGroupPartitions,
} from '../admin/sql/delete-offsets.js';
import { asGroupMaintainer, tryGroupPartitions } from './maintainer.js';
import {
  findUnusedGroups,
  isUnusedStill,
  tryUnusedGroup,
  type UnusedGroup,
} from './sql/delete-unused-groups.js';

const MOST_GROUPS = 500;

/**
 * Deletes groups that have had neither members nor offsets for `retentionMs`. Not at once, as Kafka does: somebody who is
 * no member may have its partitions open, and commit for the first time later.
 *
 * @returns their names; undefined where another process is at it
 */
export async function deleteUnusedGroups(
  db: Database,
  retentionMs: number,
  signal: AbortSignal,
): Promise<string[] | undefined> {
  const deleted: string[] = [];
  for (let after = 0; !signal.aborted;) {
    const groups = await db.run(findUnusedGroups, [
      retentionMs,
      after,
      MOST_GROUPS,
    ]);
    for (const group of groups) {
      if (signal.aborted) return deleted;
      const outcome = await deleteWhole(db, group, retentionMs);
      if (outcome === undefined) return undefined;
      if (outcome) deleted.push(group.name);
    }
    if (groups.length < MOST_GROUPS) break;
    after = groups.at(-1)?.id ?? Infinity;
  }
  return deleted;
}

/** Step by step: one transaction locks so many partitions at most. */
async function deleteWhole(
  db: Database,
  { id }: UnusedGroup,
  retentionMs: number,
): Promise<boolean | undefined> {
  for (;;) {
    const step = await asGroupMaintainer(db, (tx) =>
      deleteSome(tx, id, retentionMs),
    );
    if (step !== 'more') return step && step === 'deleted';
  }
}

async function deleteSome(
  tx: Tx,
  groupId: number,
  retentionMs: number,
): Promise<'deleted' | 'more' | 'kept'> {
  const [held] = await tx.run(tryUnusedGroup, [retentionMs, groupId]);
  if (held === undefined) return 'kept';
  const some = await tx.run(someGroupPartitions, [groupId, MOST_LOCKS]);
  const ids = some.map(({ id }) => id);
  if ((await tryGroupPartitions(tx, ids)).length < ids.length) return 'kept';
  const [unused] = await tx.run(isUnusedStill, [retentionMs, groupId]);
  if (unused === undefined) return 'kept';
  await tx.run(deleteGroupPartitions, [ids]);
  if (some.length === MOST_LOCKS) return 'more';
  await tx.run(deleteGroupRow, [groupId]);
  return 'deleted';
}
