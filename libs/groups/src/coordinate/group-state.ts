/** A group without what belongs to it. */
export interface GroupHead {
  readonly id: number;
  readonly name: string;
  /** Raised whenever members, what they subscribe to, or partitions change. */
  readonly generation: number;
  /** The generation that the targets were made for. */
  readonly assignmentEpoch: number;
  readonly version: bigint;
  /** The catalogue's version at which its partitions were looked up. */
  readonly catalogue: bigint;
  /** What it is now. */
  readonly currentCatalogue: bigint;
  /** The assignor of the last targets. */
  readonly assignor: string | null;
}

/**
 * How a member is: `here`; `away`, a static member that left for a while; `gone`, beyond its time-out, or left for good;
 * `overdue`, it has not given up in time what it was asked to.
 */
export const MEMBER_CONDITIONS = ['here', 'away', 'gone', 'overdue'] as const;
export type MemberCondition = (typeof MEMBER_CONDITIONS)[number];

/** A member, as a turn finds it. */
export interface MemberState {
  readonly number: number;
  readonly memberId: string;
  readonly instanceId: string | null;
  readonly clientId: string;
  readonly topics: readonly string[];
  readonly pattern: RegExp | null;
  readonly assignor: string;
  readonly condition: MemberCondition;
}

/** A partition that the group knows. */
export interface GroupPartitionState {
  /** The group partition's id. */
  readonly id: number;
  readonly partitionId: number;
  readonly owner: number | null;
  readonly target: number | null;
  readonly epoch: number;
}

/** A topic that somebody subscribes to, with the ids of its partitions by index. */
export interface SubscribedTopic {
  readonly name: string;
  readonly partitionIds: readonly number[];
}

/** All that a decision about a group is made from. */
export interface GroupState extends GroupHead {
  readonly members: readonly MemberState[];
  readonly partitions: readonly GroupPartitionState[];
  /** At least those that members subscribe to. */
  readonly topics: readonly SubscribedTopic[];
}
