import type { Database, Tx } from '#postgres';
import { asGroupMaintainer, tryGroupPartitions } from './maintainer.js';
import {
  expireOffsets,
  findStaleOffsets,
  tryGroups,
  type StaleOffset,
} from './sql/expire-offsets.js';

/** So many partitions in one step: their locks are held together. */
const MOST_PARTITIONS = 500;

/**
 * Deletes committed offsets that nobody needs any more, `retentionMs` after the group was last used. What a member that
 * joins, or somebody who commits, has locked just now is left to the next run.
 *
 * @returns in how many partitions; undefined where another process is at it
 */
export async function expireCommitted(
  db: Database,
  retentionMs: number,
  signal: AbortSignal,
): Promise<number | undefined> {
  let total = 0;
  for (let after = 0; !signal.aborted;) {
    const step = await asGroupMaintainer(db, async (tx) => {
      const stale = await tx.run(findStaleOffsets, [
        retentionMs,
        after,
        MOST_PARTITIONS,
      ]);
      const expired = await expireSome(tx, retentionMs, stale);
      return { stale, expired };
    });
    if (!step) return undefined;
    total += step.expired;
    if (step.stale.length < MOST_PARTITIONS) break;
    after = step.stale.at(-1)?.id ?? Infinity;
  }
  return total;
}

/** Groups, then their partitions: the order of locks. What is stale is looked up again once both are held. */
async function expireSome(
  tx: Tx,
  retentionMs: number,
  stale: readonly StaleOffset[],
): Promise<number> {
  if (stale.length === 0) return 0;
  const groupIds = new Set(stale.map(({ groupId }) => groupId));
  const held = new Set(await tx.run(tryGroups, [[...groupIds]]));
  const wanted = stale.filter(({ groupId }) => held.has(groupId));
  const ids = await tryGroupPartitions(
    tx,
    wanted.map(({ id }) => id),
  );
  return (await tx.run(expireOffsets, [retentionMs, ids])).length;
}
