import { bind, MOST_LOCKS, type Database } from '#postgres';
import type { GroupPartition } from '../group-partition.js';
import { readOffsets } from '../sql/read-offsets.js';
import type { CommittedOffset } from './offset-commit.js';

/** By the group partition's id; a partition in which nothing is committed is not among them. */
export type CommittedOffsets = ReadonlyMap<number, CommittedOffset>;

/**
 * The committed offsets that a new owner starts from. They are read under the partitions' locks, after the commit of
 * whoever still works on them.
 *
 * @throws PostamtError TIMED_OUT, POSTGRES_UNAVAILABLE …: then nothing is known, which is not the same as none
 */
export async function committedOffsets(
  db: Database,
  partitions: readonly GroupPartition[],
): Promise<CommittedOffsets> {
  const ids = partitions.map(({ id }) => id).sort((a, b) => a - b);
  const found = new Map<number, CommittedOffset>();
  for (let at = 0; at < ids.length; at += MOST_LOCKS) {
    const some = ids.slice(at, at + MOST_LOCKS);
    const [rows = []] = await db.fly((basis) => ({
      alone: basis.lockKeys('groupPartition', some),
      statements: [bind(readOffsets, [some])],
    }));
    for (const [id, committed] of rows.map(readOffsets.mapRow))
      found.set(id, committed);
  }
  return found;
}
