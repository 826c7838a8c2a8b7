import type { GroupPartition } from './group-partition.js';

/** A partition that a member of a group has. */
export interface OwnedPartition extends GroupPartition {
  readonly topic: string;
  /** The partition's index in the topic. */
  readonly partition: number;
  /** The generation in which the member got it: what its commits are fenced by. */
  readonly epoch: number;
  /** The member's number. */
  readonly member: number;
}
