import type { Topic } from '../topic.js';

/** What a segment has of one partition. */
export interface SegmentPartition {
  readonly partitionId: number;
  /** Where records of it can be read from, in whatever segment. */
  readonly logStartOffset: bigint;
  readonly firstOffset: bigint;
  /** One less than the first where the segment has nothing of the partition; null while it is written. */
  readonly lastOffset: bigint | null;
  /** The greatest of its batches, in milliseconds; -1 where they bear none; null without batches, or not yet known. */
  readonly maxTimestamp: number | null;
  /** Of its batches, as they are stored; null while that is not known. */
  readonly sizeBytes: number | null;
}

/** A segment of a topic, as the catalogue has it. */
export interface Segment {
  readonly number: number;
  readonly leaf: string;
  readonly state: 'active' | 'sealed';
  /** In milliseconds. */
  readonly createdAt: number;
  /** In milliseconds; null while it is written. */
  readonly sealedAt: number | null;
  /** On disk, with indexes and TOAST; of an active one, now; of a sealed one, null until it is summarised. */
  readonly sizeBytes: number | null;
  readonly isFrozen: boolean;
  readonly isCompacted: boolean;
  /** When the first tombstone in it may go, in milliseconds; null where compaction has met none. */
  readonly deleteHorizon: number | null;
  readonly partitions: readonly SegmentPartition[];
}

/** A topic with all its segments, read in one snapshot. */
export interface TopicLog {
  readonly topic: Topic;
  /** The database's clock when that was read, in milliseconds. */
  readonly now: number;
  /** Ascending by number; the last one is active. */
  readonly segments: readonly Segment[];
}

/** The segments that are not written any more, the oldest first. */
export function sealedSegments(log: TopicLog): Segment[] {
  return log.segments.filter((segment) => segment.state === 'sealed');
}

/** The segment that is written, if it was there when the log was read. */
export function activeSegment(log: TopicLog): Segment | undefined {
  return log.segments.find((segment) => segment.state === 'active');
}

/** Whether a segment has, or had before compaction, anything of a partition. */
export function isEmpty(partition: SegmentPartition): boolean {
  const { firstOffset, lastOffset } = partition;
  return lastOffset !== null && lastOffset < firstOffset;
}

/** Whether retention and compaction know what they have to know of a sealed segment. */
export function isSummarised(segment: Segment): boolean {
  return (
    segment.sizeBytes !== null &&
    segment.partitions.every((partition) => partition.sizeBytes !== null)
  );
}

/** The greatest timestamp of a segment's records, or when it was sealed where they bear none; null without records. */
export function newestTimestamp(segment: Segment): number | null {
  const found = segment.partitions.flatMap(({ maxTimestamp }) =>
    maxTimestamp === null ? [] : [maxTimestamp],
  );
  if (found.length === 0) return null;
  const newest = Math.max(...found);
  return newest >= 0 ? newest : (segment.sealedAt ?? segment.createdAt);
}
