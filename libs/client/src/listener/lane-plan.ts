import type { OwnedPartition } from '#groups';
import type { LaneState } from './lane.js';

/** What a member has, as its group says. */
export interface Assigned {
  readonly owned: readonly OwnedPartition[];
  /** Still its own, and to be given up. */
  readonly revoking: readonly OwnedPartition[];
}

/** What is to be known of a lane to plan with it. */
export interface PlannedLane {
  readonly partition: OwnedPartition;
  readonly state: LaneState;
}

/** What an assignment means for the lanes that there are. */
export interface LanePlan<L> {
  /** Partitions that lanes are to be opened for. */
  readonly open: readonly OwnedPartition[];
  /** Lanes that are to end, with what runs. */
  readonly revoke: readonly L[];
  /** Lanes that were to end and need not any more. */
  readonly resume: readonly L[];
  /** Lanes whose partition is not the member's any more. */
  readonly lose: readonly L[];
  /** Partitions to be given up that there is no lane for. */
  readonly release: readonly OwnedPartition[];
}

/** Compares the lanes of a member with what it is to have. A partition that came back in another generation is another one. */
export function planLanes<L extends PlannedLane>(
  { owned, revoking }: Assigned,
  lanes: Iterable<L>,
): LanePlan<L> {
  const known = new Map(
    [...lanes].map((lane) => [keyOf(lane.partition), lane]),
  );
  const isUnknown = (partition: OwnedPartition) => !known.has(keyOf(partition));
  const keptKeys = new Set(owned.map(keyOf));
  const endingKeys = new Set(revoking.map(keyOf));
  const own = [...known].filter(([, { state }]) => state !== 'releasing');
  return {
    open: owned.filter(isUnknown),
    revoke: own
      .filter(([key, { state }]) => endingKeys.has(key) && state !== 'revoking')
      .map(([, lane]) => lane),
    resume: own
      .filter(([key, { state }]) => keptKeys.has(key) && state === 'revoking')
      .map(([, lane]) => lane),
    lose: own
      .filter(([key]) => !keptKeys.has(key) && !endingKeys.has(key))
      .map(([, lane]) => lane),
    release: revoking.filter(isUnknown),
  };
}

function keyOf({ id, epoch, member }: OwnedPartition): string {
  return `${id} ${epoch} ${member}`;
}
