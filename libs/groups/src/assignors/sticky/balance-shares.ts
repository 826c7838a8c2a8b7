import type { Shares } from './shares.js';

/**
 * Passes partitions on until no member could get rid of one to a member that has two or more fewer, neither at once nor
 * by way of others (a passes one on to b, which passes one of another pool on to c). The sum of the squares of the loads
 * is then the least there is ("optimal semi-matching": Harvey, Ladner, Lovász, Tamir).
 */
export function balanceShares(shares: Shares): void {
  const balancing = new Balancing(shares);
  while (balancing.step());
}

/** One way on from a member: it gives one of a pool to the next member. */
interface Step {
  readonly pool: number;
  readonly from: number;
}

class Balancing {
  readonly #shares: Shares;
  /**
   * Members (and pools, below) that are settled. When nothing can be passed on from the member that has the most, then
   * none of those that it could have passed anything to can either, now or later: no way leads out of them.
   */
  readonly #settled: Uint8Array;
  readonly #settledPools: Uint8Array;

  constructor(shares: Shares) {
    this.#shares = shares;
    this.#settled = new Uint8Array(shares.memberCount);
    this.#settledPools = new Uint8Array(shares.pools.length);
    for (const [member, pools] of shares.poolsOf.entries()) {
      if (pools.length === 0) this.#settled[member] = 1;
    }
  }

  /** Relieves, or settles, the member that has the most; false when all are level. */
  step(): boolean {
    const { most, least } = this.#extremes();
    const { load } = most;
    if (load - least < 2) return false;
    const search = new Search(this.#shares, {
      members: this.#settled.slice(),
      pools: this.#settledPools.slice(),
    });
    const end = search.from(most.member, least);
    if (end !== undefined) {
      this.#passOn(most.member, end, search.steps);
      return true;
    }
    this.#settled.set(search.members);
    this.#settledPools.set(search.pools);
    return true;
  }

  #extremes(): { most: { member: number; load: number }; least: number } {
    let most = { member: -1, load: 0 };
    let least = Infinity;
    for (let member = 0; member < this.#shares.memberCount; member += 1) {
      if (this.#settled[member]) continue;
      const load = this.#shares.load(member);
      if (load > most.load) most = { member, load };
      if (load < least) least = load;
    }
    return { most, least };
  }

  #passOn(start: number, end: number, steps: readonly Step[]): void {
    for (let at = end; at !== start;) {
      const { pool, from } = steps[at] as Step;
      this.#shares.take(pool, from);
      this.#shares.give(pool, at);
      at = from;
    }
  }
}

/** The search for a member to which something can be passed on: breadth first, since each step is a move. */
class Search {
  readonly #shares: Shares;
  /** What was seen. */
  readonly members: Uint8Array;
  readonly pools: Uint8Array;
  /** How each member was reached. */
  readonly steps: Step[] = [];

  constructor(
    shares: Shares,
    seen: { readonly members: Uint8Array; readonly pools: Uint8Array },
  ) {
    this.#shares = shares;
    this.members = seen.members;
    this.pools = seen.pools;
  }

  /** The one with the least load among the nearest that have two or more fewer; `least` is less than anybody has. */
  from(start: number, least: number): number | undefined {
    const limit = this.#shares.load(start) - 2;
    this.members[start] = 1;
    for (let ring = [start]; ring.length > 0;) {
      const next: number[] = [];
      for (const member of ring) {
        const end = this.#reach(member, least, next);
        if (end !== undefined) return end;
      }
      const best = this.#lightest(next);
      if (best !== undefined && this.#shares.load(best) <= limit) return best;
      ring = next;
    }
    return undefined;
  }

  /** Adds those to whom a member can pass something on; returns the first that has no more than `least`. */
  #reach(from: number, least: number, next: number[]): number | undefined {
    for (const pool of this.#shares.poolsOf[from] ?? []) {
      if (this.pools[pool] || this.#shares.count(pool, from) === 0) continue;
      this.pools[pool] = 1;
      for (const member of this.#shares.pools[pool]?.members ?? []) {
        if (this.members[member]) continue;
        this.members[member] = 1;
        this.steps[member] = { pool, from };
        if (this.#shares.load(member) === least) return member;
        next.push(member);
      }
    }
    return undefined;
  }

  #lightest(members: readonly number[]): number | undefined {
    let best = members[0];
    for (const member of members) {
      if (this.#shares.load(member) < this.#shares.load(best as number)) {
        best = member;
      }
    }
    return best;
  }
}
