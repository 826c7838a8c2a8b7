import type { Owners } from './owners.js';
import type { Pool } from './pool.js';

/**
 * How many partitions of each pool each member is to have: an assignment that does not say yet which ones. It begins with
 * what the members own. Members and pools are numbers here, and counts stand in flat arrays: all of it is walked through
 * thousands of times.
 */
export class Shares {
  readonly pools: readonly Pool[];
  readonly memberCount: number;
  /** The pools that each member subscribes to. */
  readonly poolsOf: readonly (readonly number[])[];
  readonly #counts: Int32Array;
  readonly #owned: Int32Array;
  readonly #loads: Int32Array;

  constructor(memberCount: number, pools: readonly Pool[], owners: Owners) {
    this.memberCount = memberCount;
    this.pools = pools;
    this.poolsOf = poolsOfMembers(memberCount, pools);
    this.#counts = new Int32Array(pools.length * memberCount);
    this.#loads = new Int32Array(memberCount);
    for (const [index, pool] of pools.entries()) {
      for (const { id } of pool.topics.flat()) {
        const owner = owners.get(id);
        if (owner !== undefined) this.give(index, owner);
      }
    }
    this.#owned = this.#counts.slice();
  }

  /** How many partitions of all pools a member has. */
  load(member: number): number {
    return this.#loads[member] as number;
  }

  count(pool: number, member: number): number {
    return this.#counts[pool * this.memberCount + member] as number;
  }

  /** By how much a member has more of a pool than it owned; less than zero: so many of its own moved away. */
  surplus(pool: number, member: number): number {
    const at = pool * this.memberCount + member;
    return (this.#counts[at] as number) - (this.#owned[at] as number);
  }

  give(pool: number, member: number): void {
    this.#add(pool, member, 1);
  }

  take(pool: number, member: number): void {
    this.#add(pool, member, -1);
  }

  #add(pool: number, member: number, change: number): void {
    const at = pool * this.memberCount + member;
    this.#counts[at] = (this.#counts[at] as number) + change;
    this.#loads[member] = (this.#loads[member] as number) + change;
  }
}

function poolsOfMembers(
  memberCount: number,
  pools: readonly Pool[],
): readonly (readonly number[])[] {
  const poolsOf = Array.from({ length: memberCount }, (): number[] => []);
  for (const [index, pool] of pools.entries()) {
    for (const member of pool.members) poolsOf[member]?.push(index);
  }
  return poolsOf;
}
