import type { Database } from '#postgres';
import {
  deleteCommitted,
  deleteGroupPartitions,
} from '../admin/sql/delete-offsets.js';
import { asGroupMaintainer, tryGroupPartitions } from './maintainer.js';
import { findForsaken } from './sql/forget-deleted-topics.js';

/** So many partitions in one step: their locks are held together. */
const MOST_PARTITIONS = 500;

/**
 * Deletes what groups have of topics that were deleted: a topic of the same name is another one.
 *
 * @returns of how many partitions; undefined where another process is at it
 */
export async function forgetDeletedTopics(
  db: Database,
  signal: AbortSignal,
): Promise<number | undefined> {
  let total = 0;
  for (let after = 0; !signal.aborted;) {
    const step = await asGroupMaintainer(db, async (tx) => {
      const found = await tx.run(findForsaken, [after, MOST_PARTITIONS]);
      const ids = await tryGroupPartitions(tx, found);
      await tx.run(deleteCommitted, [ids]);
      await tx.run(deleteGroupPartitions, [ids]);
      return { found, count: ids.length };
    });
    if (!step) return undefined;
    total += step.count;
    if (step.found.length < MOST_PARTITIONS) break;
    after = step.found.at(-1) ?? Infinity;
  }
  return total;
}
