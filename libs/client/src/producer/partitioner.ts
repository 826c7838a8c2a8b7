import { PostamtError } from '#kernel';

/**
 * Where records without a key go. Those with a key go to murmur2 of it, as with Kafka's default partitioner.
 * - `sticky`: one partition until `batchSize` bytes went there, then another one (KIP-480, KIP-794).
 * - `roundRobin`: each the next one.
 */
export const PARTITIONERS = ['sticky', 'roundRobin'] as const;

/** What a partitioner of one's own looks at: key and value as they were given. */
export interface PartitionedRecord {
  readonly topic: string;
  readonly key: unknown;
  readonly value: unknown;
}

/** Says the partition of a record that names none, from 0 to `partitionCount` - 1. */
export type CustomPartitioner = (
  record: PartitionedRecord,
  partitionCount: number,
) => number;

/** One of {@link PARTITIONERS}, or a function. */
export type Partitioner = (typeof PARTITIONERS)[number] | CustomPartitioner;

/** Asks a partitioner of the user's. Throws INVALID_VALUE where what it says is no partition. */
export function customPartition(
  partitioner: CustomPartitioner,
  record: PartitionedRecord,
  partitionCount: number,
): number {
  const partition: unknown = partitioner(record, partitionCount);
  if (Number.isInteger(partition)) {
    const index = partition as number;
    if (index >= 0 && index < partitionCount) return index;
  }
  throw new PostamtError(
    'INVALID_VALUE',
    `the partitioner said ${String(partition)} for a record of topic ${record.topic}: it has partitions 0 to ${partitionCount - 1}`,
  );
}
