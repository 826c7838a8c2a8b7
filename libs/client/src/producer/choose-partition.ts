import { partitionForKey } from '#records';

/** What the choice of a partition looks at. */
export interface Addressed {
  readonly key: Buffer | null;
  /** The partition that the record names itself, or that a partitioner of the user's named. */
  readonly partition: number | undefined;
}

/**
 * The partition's index of a record, as Kafka's default partitioner has it: the one that it names, or else its key's
 * (murmur2); undefined where it has neither and may go anywhere. Whether a partition that is named exists is not looked
 * at.
 */
export function choosePartition(
  { key, partition }: Addressed,
  partitionCount: number,
): number | undefined {
  if (partition !== undefined) return partition;
  return key ? partitionForKey(key, partitionCount) : undefined;
}
