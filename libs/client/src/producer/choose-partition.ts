import { partitionForKey } from '#records';

/** What the choice of a partition looks at. */
export interface Addressed {
  readonly key: Buffer | null;
  /** The partition that the record names itself. */
  readonly partition: number | undefined;
}

/**
 * The partition's index of a record, as Kafka's default partitioner has it: the one that it names, or else its key's
 * (murmur2), or else the one that `sticky` chooses. Whether a partition that is named exists is not looked at.
 */
export function choosePartition(
  { key, partition }: Addressed,
  partitionCount: number,
  sticky: number,
): number {
  if (partition !== undefined) return partition;
  return key ? partitionForKey(key, partitionCount) : sticky % partitionCount;
}
