import type { AssignableMember } from '../assignor.js';
import type { Pool } from './pool.js';

/** Who has a partition until now and may keep it: the member's index, by the partition's id. */
export type Owners = ReadonlyMap<number, number>;

/** The owners, one at most for each partition: the first of `members` that claims it and still subscribes to it. */
export function ownersOf(
  members: readonly AssignableMember[],
  pools: readonly Pool[],
): Owners {
  const poolOf = poolsByPartition(pools);
  const subscribed = members.map(() => new Set<Pool>());
  for (const pool of pools) {
    for (const member of pool.members) subscribed[member]?.add(pool);
  }
  const owners = new Map<number, number>();
  for (const [index, member] of members.entries()) {
    for (const { id } of member.owned) {
      const pool = poolOf.get(id);
      if (!pool || !subscribed[index]?.has(pool) || owners.has(id)) continue;
      owners.set(id, index);
    }
  }
  return owners;
}

function poolsByPartition(pools: readonly Pool[]): Map<number, Pool> {
  const poolOf = new Map<number, Pool>();
  for (const pool of pools) {
    for (const topic of pool.topics) {
      for (const partition of topic) poolOf.set(partition.id, pool);
    }
  }
  return poolOf;
}
