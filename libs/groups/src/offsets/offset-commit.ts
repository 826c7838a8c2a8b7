import type { GroupPartition } from '../group-partition.js';
import type { OwnedPartition } from '../owned-partition.js';

/** An offset to be committed: by a member that owns the partition, or, for a group without members, by anybody. */
export interface OffsetCommit {
  readonly partition: OwnedPartition | GroupPartition;
  /** The next offset to read, as in Kafka. */
  readonly next: bigint;
  /**
   * The committed offset that the work started from, null = none. Where it is given the commit is refused when another
   * one stands there by now, for work that may be done once only.
   */
  readonly previous?: bigint | null;
  /** The leader epoch of the last record that was read. */
  readonly leaderEpoch?: number | undefined;
  /** Words of the committer's own; empty by default. */
  readonly metadata?: string | undefined;
}

/** What a group has committed in a partition. */
export interface CommittedOffset {
  /** The next offset to read. */
  readonly offset: bigint;
  readonly leaderEpoch: number | null;
  readonly metadata: string;
  /** The generation in which the committer got the partition; -1 = no member of the group. */
  readonly epoch: number;
  readonly committedAt: Date;
}
