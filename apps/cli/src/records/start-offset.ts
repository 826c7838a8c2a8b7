import { PostamtError } from '#kernel';
import {
  type DescribedPartition,
  type DescribedTopic,
  partitionOf,
} from '#log';

/** Where reading begins: at the first record there is, behind the last one, or at an offset. */
export type StartPosition = 'earliest' | 'latest' | bigint;

/** A partition to be read, from `offset` on. */
export interface Reading {
  readonly partition: DescribedPartition;
  readonly offset: bigint;
}

/**
 * Which partitions are read, and from where. An offset means the partition that was asked for; without one, each
 * partition is read from there on, or from the nearest offset that it has.
 *
 * @throws PostamtError UNKNOWN_TOPIC_OR_PARTITION; OFFSET_OUT_OF_RANGE for an offset that the partition does not have
 */
export function readingsOf(
  topic: DescribedTopic,
  from: StartPosition,
  index?: number,
): Reading[] {
  if (index === undefined)
    return topic.partitions.map((partition) => ({
      partition,
      offset: nearest(partition, from),
    }));
  const { id } = partitionOf(topic, index);
  const chosen = topic.partitions.filter((partition) => partition.id === id);
  return chosen.map((partition) => {
    const offset = nearest(partition, from);
    if (typeof from === 'string' || offset === from)
      return { partition, offset };
    const { logStartOffset, logEndOffset } = partition;
    throw new PostamtError(
      'OFFSET_OUT_OF_RANGE',
      `offset ${from} of ${topic.name}-${index} is out of range: it has ${logStartOffset} to ${logEndOffset}`,
    );
  });
}

function nearest(partition: DescribedPartition, from: StartPosition): bigint {
  const { logStartOffset, logEndOffset } = partition;
  if (from === 'earliest') return logStartOffset;
  if (from === 'latest') return logEndOffset;
  if (from > logEndOffset) return logEndOffset;
  return from < logStartOffset ? logStartOffset : from;
}
