import type { PostamtError } from '#kernel';
import type { MemberCondition } from '../coordinate/group-state.js';
import type { GroupState } from './group-state.js';

/** A group with its members and partitions. */
export interface DescribedGroup {
  readonly name: string;
  readonly state: GroupState;
  readonly generation: number;
  /** The assignor of the last assignment; null where there was none. */
  readonly assignor: string | null;
  /** Since when it has no members; null while it has some. */
  readonly emptiedAt: Date | null;
  /** By client id. */
  readonly members: readonly DescribedMember[];
  /** By topic and index: those with a committed offset, and those that members have or are to have. */
  readonly partitions: readonly DescribedGroupPartition[];
}

/** A partition by its topic's name and its index. */
export interface PartitionName {
  readonly topic: string;
  readonly partition: number;
}

/** A member of a group. */
export interface DescribedMember {
  readonly memberId: string;
  /** The name of a static member (`group.instance.id`); null for others. */
  readonly instanceId: string | null;
  readonly clientId: string;
  readonly host: string;
  readonly assignor: string;
  /** What it subscribes to: names, or a pattern. */
  readonly topics: readonly string[];
  readonly pattern: string | null;
  readonly joinedAt: Date;
  readonly sessionTimeoutMs: number;
  /** How long ago its process was last heard of, in milliseconds. */
  readonly lastBeatMs: number;
  /**
   * `here`; `away`, a static member that left for a while: nothing of it moves before its session time-out is over;
   * `overdue`, it has not given up in time what it was asked for; `gone`, it counts only until somebody has removed it.
   */
  readonly condition: MemberCondition;
  /** What it works on. */
  readonly owned: readonly PartitionName[];
  /** What of that it is asked to give up. */
  readonly revoking: readonly PartitionName[];
  /** What it is to have once somebody else has given it up. */
  readonly awaiting: readonly PartitionName[];
}

/** How far a group is in a partition. */
export interface DescribedGroupPartition extends PartitionName {
  /** The next offset to read; null where nothing is committed. */
  readonly committedOffset: bigint | null;
  /** The generation in which the committer had got the partition, -1 for no member; null where nothing is committed. */
  readonly committedGeneration: number | null;
  readonly leaderEpoch: number | null;
  readonly metadata: string;
  readonly committedAt: Date | null;
  /** Null where it could not be read: `error` says why. */
  readonly logStartOffset: bigint | null;
  /** Behind the last record that readers see; null where it could not be read. */
  readonly logEndOffset: bigint | null;
  /** Log end less committed offset, as in Kafka; null where either is not known. */
  readonly lag: bigint | null;
  /** The age of the oldest unread record by the database's clock, in milliseconds; null where nothing is unread. */
  readonly lagMs: number | null;
  /** Who has it; null while nobody does. */
  readonly owner: PartitionOwner | null;
  readonly error?: PostamtError;
}

/** The member that has a partition. */
export type PartitionOwner = Pick<
  DescribedMember,
  'memberId' | 'instanceId' | 'clientId' | 'host'
>;
