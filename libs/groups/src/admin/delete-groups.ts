import { isPostamtError, type PostamtError } from '#kernel';
import { MOST_LOCKS, type Database, type EngineTx } from '#postgres';
import { groupNotFound } from './group-errors.js';
import { removeGoneMembers, requireEmpty } from './group-members.js';
import { holdKnownGroup, type AdminOptions } from './held-group.js';
import {
  deleteCommitted,
  deleteGroupPartitions,
  deleteGroupRow,
  someGroupPartitions,
} from './sql/delete-offsets.js';
import { holdGroupAlone } from './sql/hold-group.js';

/** What became of a group that was to be deleted. */
export interface DeletedGroup {
  readonly group: string;
  /** In how many partitions it had committed something. */
  readonly offsets: number;
  /** Why it is there still. */
  readonly error?: PostamtError;
}

/** As many as there may be. */
const ALL = 2 ** 31 - 1;

/**
 * Deletes groups with all that they have committed. What keeps one of them from it does not keep the others.
 *
 * @returns one answer for each, in their order; in `error`: NON_EMPTY_GROUP, also while static members are away;
 * GROUP_ID_NOT_FOUND; TIMED_OUT where somebody who is no member works on a partition
 * @throws PostamtError POSTGRES_UNAVAILABLE
 *
 * @example
 * const [deleted] = await deleteGroups(db, ['board']);
 * if (deleted?.error) throw deleted.error;
 */
export async function deleteGroups(
  db: Database,
  groups: readonly string[],
  options: AdminOptions = {},
): Promise<DeletedGroup[]> {
  const deleted: DeletedGroup[] = [];
  for (const group of new Set(groups)) {
    try {
      const offsets = options.dryRun
        ? await db.transaction((tx) => plan(tx, group))
        : await deleteGroup(db, group);
      deleted.push({ group, offsets });
    } catch (error) {
      if (!isPostamtError(error)) throw error;
      if (error.code === 'POSTGRES_UNAVAILABLE') throw error;
      deleted.push({ group, offsets: 0, error });
    }
  }
  return deleted;
}

async function plan(tx: EngineTx, group: string): Promise<number> {
  const held = await holdKnownGroup(tx, group, { dryRun: true });
  await requireEmpty(tx, held);
  return committedOf(await tx.run(someGroupPartitions, [held.id, ALL]));
}

/** One transaction locks so many partitions at most: a group that has more goes in several, the last of which ends it. */
async function deleteGroup(db: Database, group: string): Promise<number> {
  await removeGoneMembers(db, group);
  for (let offsets = 0; ;) {
    const step = await db.transaction((tx) => deleteSome(tx, group));
    offsets += step.offsets;
    if (step.isOver) return offsets;
  }
}

async function deleteSome(
  tx: EngineTx,
  name: string,
): Promise<{ readonly offsets: number; readonly isOver: boolean }> {
  const [id] = await tx.run(holdGroupAlone, [name]);
  if (id === undefined) throw groupNotFound(name);
  await requireEmpty(tx, { id, name });
  const some = await tx.run(someGroupPartitions, [id, MOST_LOCKS]);
  const ids = some.map((each) => each.id);
  await tx.lock('groupPartition', ids);
  await tx.run(deleteCommitted, [ids]);
  await tx.run(deleteGroupPartitions, [ids]);
  const isOver = some.length < MOST_LOCKS;
  if (isOver) await tx.run(deleteGroupRow, [id]);
  return { offsets: committedOf(some), isOver };
}

function committedOf(
  partitions: readonly { readonly isCommitted: boolean }[],
): number {
  return partitions.filter(({ isCommitted }) => isCommitted).length;
}
