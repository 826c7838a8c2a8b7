import {
  isSummarised,
  newestTimestamp,
  sealedSegments,
  type Segment,
  type TopicLog,
} from './topic-log.js';

/** What compaction is to do with a topic now. */
export interface CompactionPlan {
  /** Segments whose keys are superseded from: those that no compaction has seen, and are old enough. */
  readonly dirty: readonly Segment[];
  /** Segments to be rewritten, each group into one leaf, in this order. */
  readonly groups: readonly (readonly Segment[])[];
}

/**
 * What to compact: once `min.cleanable.dirty.ratio` of the bytes that may be cleaned are dirty, everything up to the
 * last dirty segment that is wholly older than `min.compaction.lag.ms`; else the segments with tombstones whose time has
 * come, alone (Kafka docs: Log Compaction; KIP-58 for the lag, KIP-534 for tombstones).
 */
export function decideCompaction(log: TopicLog): CompactionPlan | undefined {
  const { config } = log.topic;
  if (!config.cleanupPolicy.includes('compact')) return undefined;
  const cleanable = cleanableSegments(log);
  const dirty = cleanable.filter((segment) => !segment.isCompacted);
  const share = bytesOf(dirty) / bytesOf(cleanable);
  if (dirty.length > 0 && share >= config.minCleanableDirtyRatio)
    return { dirty, groups: groupsUpTo(cleanable, dirty, config.segmentBytes) };
  const due = cleanable.filter(
    ({ isCompacted, deleteHorizon }) =>
      isCompacted && deleteHorizon !== null && deleteHorizon <= log.now,
  );
  if (due.length === 0) return undefined;
  return { dirty: [], groups: due.map((segment) => [segment]) };
}

/** The same plan, had there been only the first dirty segments: what is left where not all keys fit into memory. */
export function planFewer(
  log: TopicLog,
  plan: CompactionPlan,
  dirtyCount: number,
): CompactionPlan {
  const dirty = plan.dirty.slice(0, dirtyCount);
  const segments = plan.groups.flat();
  const { segmentBytes } = log.topic.config;
  return { dirty, groups: groupsUpTo(segments, dirty, segmentBytes) };
}

/** Sealed segments from the oldest on, up to the first that may not be touched yet. */
function cleanableSegments(log: TopicLog): Segment[] {
  const { minCompactionLagMs } = log.topic.config;
  const sealed = sealedSegments(log);
  const first = sealed.findIndex((segment) => {
    if (!isSummarised(segment)) return true;
    const newest = newestTimestamp(segment);
    const lags = !segment.isCompacted && minCompactionLagMs > 0;
    return lags && newest !== null && newest > log.now - minCompactionLagMs;
  });
  return first < 0 ? sealed : sealed.slice(0, first);
}

function groupsUpTo(
  segments: readonly Segment[],
  dirty: readonly Segment[],
  segmentBytes: number,
): Segment[][] {
  const last = dirty.at(-1)?.number ?? -1;
  const groups: Segment[][] = [];
  let groupBytes = Infinity;
  for (const segment of segments) {
    if (segment.number > last) break;
    const bytes = segment.sizeBytes ?? 0;
    if (groupBytes + bytes > segmentBytes) {
      groups.push([]);
      groupBytes = 0;
    }
    groups.at(-1)?.push(segment);
    groupBytes += bytes;
  }
  return groups;
}

function bytesOf(segments: readonly Segment[]): number {
  return segments.reduce((sum, each) => sum + (each.sizeBytes ?? 0), 0);
}
