import { PostamtError } from '#kernel';
import { partitionKey, type TopicPartition } from '../consumer-record.js';

/** An offset as it is committed (Kafka's OffsetAndMetadata). */
export interface OffsetAndMetadata {
  /** The next offset to read. */
  readonly offset: bigint;
  /** The leader epoch of the last record that was read. */
  readonly leaderEpoch?: number;
  /** Words of the committer's own, at most 4,096 characters (`offset.metadata.max.bytes`). */
  readonly metadata?: string;
}

/** What is to be committed of a partition. */
export type OffsetToCommit = TopicPartition & OffsetAndMetadata;

/** What a group has committed in a partition. */
export interface CommittedPartition {
  readonly topic: string;
  /** The partition's index in the topic. */
  readonly partition: number;
  /** The next offset to read; null = nothing is committed. */
  readonly offset: bigint | null;
  readonly leaderEpoch: number | null;
  readonly metadata: string;
}

const LONGEST_METADATA = 4_096;

/** @throws PostamtError INVALID_VALUE naming the partition and the value at fault */
export function requireCommittable(offsets: readonly OffsetToCommit[]): void {
  const seen = new Set<string>();
  for (const each of offsets) {
    const fault = faultOf(each, seen.has(partitionKey(each)));
    seen.add(partitionKey(each));
    if (!fault) continue;
    throw new PostamtError(
      'INVALID_VALUE',
      `${partitionKey(each)} cannot be committed: ${fault}`,
    );
  }
}

function faultOf(
  { offset, leaderEpoch = 0, metadata = '' }: OffsetAndMetadata,
  isTwice: boolean,
): string | undefined {
  if (isTwice) return 'it is named twice; name it once';
  if (offset < 0n) return `its offset is ${offset}; give 0 or more`;
  if (!Number.isInteger(leaderEpoch) || leaderEpoch < 0)
    return `its leader epoch is ${leaderEpoch}; give a whole number, 0 or more`;
  if (metadata.length <= LONGEST_METADATA) return undefined;
  return `its metadata has ${metadata.length} characters; give ${LONGEST_METADATA} at most`;
}
