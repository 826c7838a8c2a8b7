import type { Shares } from './shares.js';

/**
 * Exchanges partitions around rings of members, which changes no balance, until no such exchange would leave more of
 * them with their owners: then nothing as balanced as this moves fewer (a flow is the cheapest when no negative cycle is
 * left: Klein's cycle cancelling). Almost always one look finds nothing to do.
 */
export function undoNeedlessMoves(shares: Shares): void {
  if (!anyMoved(shares)) return;
  for (;;) {
    const rings = new RingSearch(shares).rings();
    if (rings.length === 0) return;
    for (const ring of rings) exchange(shares, ring);
  }
}

function anyMoved(shares: Shares): boolean {
  return shares.pools.some(({ members }, pool) =>
    members.some((member) => shares.surplus(pool, member) < 0),
  );
}

/** Does what a ring of nodes says: a member before a pool gives one to it, a member behind a pool gets one from it. */
function exchange(shares: Shares, ring: readonly number[]): void {
  const { memberCount } = shares;
  const poolOf = (node: number): number => node - memberCount;
  for (const [at, node] of ring.entries()) {
    const next = ring[(at + 1) % ring.length] as number;
    if (node < memberCount && isPool(shares, next)) {
      shares.take(poolOf(next), node);
    }
    if (isPool(shares, node)) shares.give(poolOf(node), next);
  }
}

function isPool({ memberCount, pools }: Shares, node: number): boolean {
  return node >= memberCount && node < memberCount + pools.length;
}

/**
 * Bellman-Ford over members, pools and levels, in this order of numbers. An arc from a member to a pool: it gives one of
 * it up, which costs 1 where that is one of its own. From a pool to a member: it gets one, which saves 1 where one of
 * its own had moved away. A level stands between those with n - 1 partitions and those with n: the former may have one
 * more when one of the latter has one fewer, at no cost.
 */
class RingSearch {
  readonly #shares: Shares;
  readonly #distances: Int32Array;
  /** The node before each one on its cheapest way; -1 = none. */
  readonly #before: Int32Array;

  constructor(shares: Shares) {
    this.#shares = shares;
    let levels = 0;
    for (let member = 0; member < shares.memberCount; member += 1) {
      levels = Math.max(levels, shares.load(member) + 2);
    }
    const nodes = shares.memberCount + shares.pools.length + levels;
    this.#distances = new Int32Array(nodes);
    this.#before = new Int32Array(nodes).fill(-1);
  }

  /** Rings that save something and have no node in common; none when there is none at all. */
  rings(): number[][] {
    while (this.#shorten()) {
      const rings = this.#closed();
      if (rings.length > 0) return rings;
    }
    return [];
  }

  /** Looks at each arc once; false when no way became cheaper. */
  #shorten(): boolean {
    let shorter = false;
    for (const pool of this.#shares.pools.keys()) {
      if (this.#throughPool(pool)) shorter = true;
    }
    return this.#throughLevels() || shorter;
  }

  #throughPool(pool: number): boolean {
    const shares = this.#shares;
    const node = shares.memberCount + pool;
    const members = shares.pools[pool]?.members ?? [];
    let shorter = false;
    for (const member of members) {
      if (shares.count(pool, member) === 0) continue;
      const cost = shares.surplus(pool, member) > 0 ? 0 : 1;
      if (this.#relax(member, node, cost)) shorter = true;
    }
    for (const member of members) {
      const cost = shares.surplus(pool, member) < 0 ? -1 : 0;
      if (this.#relax(node, member, cost)) shorter = true;
    }
    return shorter;
  }

  #throughLevels(): boolean {
    const { memberCount, pools } = this.#shares;
    const levels = memberCount + pools.length;
    let shorter = false;
    for (let member = 0; member < memberCount; member += 1) {
      const above = levels + this.#shares.load(member) + 1;
      if (this.#relax(member, above, 0)) shorter = true;
    }
    for (let member = 0; member < memberCount; member += 1) {
      const level = levels + this.#shares.load(member);
      if (this.#relax(level, member, 0)) shorter = true;
    }
    return shorter;
  }

  #relax(from: number, to: number, cost: number): boolean {
    const distance = (this.#distances[from] as number) + cost;
    if (distance >= (this.#distances[to] as number)) return false;
    this.#distances[to] = distance;
    this.#before[to] = from;
    return true;
  }

  /** The rings that the ways have closed to: each of them costs less than nothing. */
  #closed(): number[][] {
    const seenFrom = new Int32Array(this.#before.length).fill(-1);
    const rings: number[][] = [];
    for (const start of this.#before.keys()) {
      let node = start;
      while (node !== -1 && seenFrom[node] === -1) {
        seenFrom[node] = start;
        node = this.#before[node] as number;
      }
      if (node !== -1 && seenFrom[node] === start) rings.push(this.#ring(node));
    }
    return rings;
  }

  #ring(start: number): number[] {
    const ring = [start];
    let node = this.#before[start] as number;
    while (node !== start) {
      ring.push(node);
      node = this.#before[node] as number;
    }
    return ring.toReversed();
  }
}
