import type { Shares } from './shares.js';

/**
 * Gives each partition that nobody owns to the subscriber that has the least, and among those to the one that has the
 * least of its pool. Pools that few subscribe to come first: they have the least choice.
 */
export function fillShares(shares: Shares): void {
  const narrowFirst = [...shares.pools.entries()].sort(
    ([, one], [, other]) => one.members.length - other.members.length,
  );
  for (const [index, pool] of narrowFirst) {
    let free = pool.size;
    for (const member of pool.members) free -= shares.count(index, member);
    for (; free > 0; free -= 1) shares.give(index, neediest(shares, index));
  }
}

function neediest(shares: Shares, pool: number): number {
  const members = shares.pools[pool]?.members ?? [];
  let best = members[0] as number;
  for (const member of members) {
    const less = shares.load(member) - shares.load(best);
    if (less > 0) continue;
    if (less < 0 || shares.count(pool, member) < shares.count(pool, best)) {
      best = member;
    }
  }
  return best;
}
