import type { Database } from '#postgres';
import { asGroupMaintainer } from './maintainer.js';
import {
  pruneSuperseded,
  readPartitionPage,
  type Pruned,
} from './sql/prune-superseded.js';

/** So many partitions are looked at in one step, and so many offsets deleted. */
const MOST_PARTITIONS = 1_000;
const MOST_OFFSETS = 10_000;

/** Up to which number the superseded offsets of a group's partition were deleted, by its id. */
export type PrunedUpTo = Map<number, bigint>;

/** One step of pruning. */
interface Step {
  readonly page: readonly number[];
  readonly pruned: readonly Pruned[];
}

/**
 * Deletes the committed offsets of all groups that later ones stand before, in steps that are a transaction each.
 *
 * @returns how many; undefined where another process is at it
 */
export async function pruneCommitted(
  db: Database,
  known: PrunedUpTo,
  signal: AbortSignal,
): Promise<number | undefined> {
  let total = 0;
  for (let after = 0; !signal.aborted;) {
    const step = await asGroupMaintainer(db, async (tx): Promise<Step> => {
      const page = await tx.run(readPartitionPage, [after, MOST_PARTITIONS]);
      const floors = page.map((id) => (known.get(id) ?? -1n) + 1n);
      const pruned = await tx.run(pruneSuperseded, [
        page,
        floors,
        MOST_OFFSETS,
      ]);
      return { page, pruned };
    });
    if (!step) return undefined;
    for (const { id, upTo } of step.pruned) known.set(id, upTo);
    const count = step.pruned.reduce((sum, each) => sum + each.count, 0);
    total += count;
    // More may be left where the step was full.
    if (count < MOST_OFFSETS) after = step.page.at(-1) ?? Infinity;
    if (count < MOST_OFFSETS && step.page.length < MOST_PARTITIONS) break;
  }
  return total;
}
