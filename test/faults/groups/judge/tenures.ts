import {
  laneOf,
  type GroupHistory,
  type Lane,
  type MemberEntry,
  type OwnerEntry,
  type WorkBegun,
} from '../group-history.js';

/** Who had which partition, and when, by what the database wrote down. */
export class Tenures {
  readonly #joined = new Map<number, MemberEntry>();
  readonly #removed = new Map<number, MemberEntry>();
  readonly #memberships: ReadonlyMap<string, readonly MemberEntry[]>;
  readonly #owners: ReadonlyMap<string, readonly OwnerEntry[]>;

  constructor({ members, owners }: Pick<GroupHistory, 'members' | 'owners'>) {
    for (const entry of members) {
      const list = entry.kind === 'joined' ? this.#joined : this.#removed;
      list.set(entry.member, entry);
    }
    const joined = members.filter(({ kind }) => kind === 'joined');
    this.#memberships = Map.groupBy(joined, inGroup);
    this.#owners = Map.groupBy(owners, laneOf);
  }

  /** When that member came to have the partition for the last time by then. */
  of(lane: Lane, who: string, at: number): OwnerEntry | undefined {
    return this.#owners
      .get(laneOf(lane))
      ?.findLast(
        (entry) =>
          entry.at <= at &&
          entry.owner !== null &&
          this.#joined.get(entry.owner)?.who === who,
      );
  }

  /** The member that had the partition in a generation. */
  ownerIn(lane: Lane, epoch: number): number | undefined {
    const owned = this.#owners
      .get(laneOf(lane))
      ?.find((entry) => entry.epoch === epoch && entry.owner !== null);
    return owned?.owner ?? undefined;
  }

  /** When a member was removed from its group: nothing of its own can be committed from then on. */
  removal(member: number): MemberEntry | undefined {
    return this.#removed.get(member);
  }

  /** Whether the member that began a work was taken for gone by then, whatever it thinks itself. */
  isZombie({ group, who, at: begunAt }: WorkBegun, at: number): boolean {
    const membership = this.#memberships
      .get(inGroup({ group, who }))
      ?.findLast((entry) => entry.at <= begunAt);
    if (!membership) return false;
    const removed = this.#removed.get(membership.member);
    return membership.isStatic || (removed !== undefined && removed.at <= at);
  }
}

function inGroup({ group, who }: { group: string; who: string }): string {
  return `${group}/${who}`;
}
