import {
  activeSegment,
  isEmpty,
  isSummarised,
  newestTimestamp,
  sealedSegments,
  type Segment,
  type TopicLog,
} from './topic-log.js';

/** Which rule a segment goes by; `log start` = everything in it was deleted by `deleteRecords`. */
export type RetentionReason =
  'log start' | 'retention.ms' | 'retention.bytes' | 'retention.topic.bytes';

export interface DueSegment {
  readonly segment: Segment;
  readonly reason: RetentionReason;
}

/** What a partition has in all its segments, in bytes, by the partition's id. */
export type PartitionBytes = ReadonlyMap<number, number>;

/**
 * Which segments are to go: the oldest ones, in order, up to the first that no rule lets go; never the active one. A
 * leaf is a topic's, so a rule about a partition lets it go when it does so for each partition that has something in
 * it (Kafka: UnifiedLog.deleteOldSegments, for each partition).
 *
 * @param activeBytes what the active segment has of each partition; needed where `retention.bytes` is set
 */
export function decideRetention(
  log: TopicLog,
  activeBytes: PartitionBytes = new Map(),
): DueSegment[] {
  const due: DueSegment[] = [];
  let kept = sealedSegments(log);
  for (const segment of sealedSegments(log)) {
    const reason = reasonToGo(log, segment, kept, activeBytes);
    if (!reason) return due;
    due.push({ segment, reason });
    kept = kept.slice(1);
  }
  return due;
}

/** Whether every record of a segment is past `retention.ms`, where the topic deletes by time. */
export function isExpired(log: TopicLog, newest: number | null): boolean {
  const { cleanupPolicy, retentionMs } = log.topic.config;
  if (!cleanupPolicy.includes('delete') || retentionMs < 0) return false;
  return newest === null || log.now - newest > retentionMs;
}

/**
 * Whether the active segment is to be sealed so that it can go: nothing older stands before it, and all of it is past
 * `retention.ms` (Kafka rolls then, too).
 */
export function isActiveExpired(log: TopicLog, newest: number | null): boolean {
  if (newest === null || !activeSegment(log)) return false;
  return sealedSegments(log).length === 0 && isExpired(log, newest);
}

/** Whether `retention.bytes` would let a segment go if the active one held `activeBytes` of each partition. */
export function mayExceedBytes(log: TopicLog, activeBytes: number): boolean {
  const [oldest] = sealedSegments(log);
  if (!oldest) return false;
  const most = new Map(
    oldest.partitions.map(({ partitionId }) => [partitionId, activeBytes]),
  );
  return exceedsBytes(log, oldest, sealedSegments(log), most);
}

function reasonToGo(
  log: TopicLog,
  segment: Segment,
  kept: readonly Segment[],
  activeBytes: PartitionBytes,
): RetentionReason | undefined {
  if (isBelowLogStart(segment)) return 'log start';
  if (!log.topic.config.cleanupPolicy.includes('delete')) return undefined;
  if (!isSummarised(segment)) return undefined;
  if (isExpired(log, newestTimestamp(segment))) return 'retention.ms';
  if (exceedsBytes(log, segment, kept, activeBytes)) return 'retention.bytes';
  if (exceedsTopicBytes(log, kept)) return 'retention.topic.bytes';
  return undefined;
}

function isBelowLogStart(segment: Segment): boolean {
  return segment.partitions.every(
    (partition) =>
      isEmpty(partition) ||
      (partition.lastOffset !== null &&
        partition.lastOffset < partition.logStartOffset),
  );
}

/** Each partition with something in the segment keeps at least `retention.bytes` without it. */
function exceedsBytes(
  log: TopicLog,
  segment: Segment,
  kept: readonly Segment[],
  activeBytes: PartitionBytes,
): boolean {
  const { cleanupPolicy, retentionBytes } = log.topic.config;
  if (!cleanupPolicy.includes('delete') || retentionBytes < 0) return false;
  const concerned = segment.partitions.filter(
    (partition) => !isEmpty(partition) && partition.sizeBytes !== 0,
  );
  return concerned.every(({ partitionId, sizeBytes }) => {
    const total = bytesOf(partitionId, kept, activeBytes);
    return sizeBytes !== null && total - sizeBytes >= retentionBytes;
  });
}

function bytesOf(
  partitionId: number,
  segments: readonly Segment[],
  activeBytes: PartitionBytes,
): number {
  let total = activeBytes.get(partitionId) ?? 0;
  for (const { partitions } of segments) {
    const found = partitions.find((each) => each.partitionId === partitionId);
    total += found?.sizeBytes ?? 0;
  }
  return total;
}

function exceedsTopicBytes(log: TopicLog, kept: readonly Segment[]): boolean {
  const { retentionTopicBytes } = log.topic.config;
  if (retentionTopicBytes < 0) return false;
  const total = kept.reduce((sum, each) => sum + (each.sizeBytes ?? 0), 0);
  return total > retentionTopicBytes;
}
