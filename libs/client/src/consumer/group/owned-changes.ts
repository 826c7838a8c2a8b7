import type { OwnedPartition } from '#groups';

/** What is to be done about the partitions of a member. */
export interface OwnedChanges {
  /** Held, and not its own any more: nothing of them can be committed. */
  readonly lost: readonly OwnedPartition[];
  /** Held, and to be given up. */
  readonly revoked: readonly OwnedPartition[];
  /** Its own, and not held yet. */
  readonly added: readonly OwnedPartition[];
}

/**
 * Compares what a consumer holds with what its member has. A partition that went away and came back meanwhile bears
 * another epoch: it is lost and added.
 */
export function decideOwnedChanges(
  held: readonly OwnedPartition[],
  owned: readonly OwnedPartition[],
  revoking: readonly OwnedPartition[],
): OwnedChanges {
  const holds = signsOf(held);
  const kept = signsOf(owned);
  const going = signsOf(revoking);
  return {
    lost: held.filter(
      (each) => !kept.has(signOf(each)) && !going.has(signOf(each)),
    ),
    revoked: held.filter((each) => going.has(signOf(each))),
    added: owned.filter((each) => !holds.has(signOf(each))),
  };
}

function signsOf(partitions: readonly OwnedPartition[]): ReadonlySet<string> {
  return new Set(partitions.map(signOf));
}

function signOf({ id, epoch, member }: OwnedPartition): string {
  return `${id} ${epoch} ${member}`;
}
