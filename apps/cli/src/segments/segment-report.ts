import type { ListedRange, ListedSegment, RetiredLeaf } from '#log';
import { formatBytes } from '../bytes.js';
import { formatTable } from '../table.js';

/** Segments, and leaves that wait to be dropped. */
export interface SegmentReport {
  readonly segments: readonly ListedSegment[];
  readonly waiting: readonly RetiredLeaf[];
}

/** For programs: offsets are strings, times those of ISO 8601. */
export function segmentsJson({ segments, waiting }: SegmentReport): string {
  return JSON.stringify({
    segments: segments.map(({ partitions, ...segment }) => ({
      ...segment,
      partitions: partitions.map(({ firstOffset, lastOffset, ...range }) => ({
        ...range,
        firstOffset: String(firstOffset),
        lastOffset: lastOffset === null ? null : String(lastOffset),
      })),
    })),
    waiting,
  });
}

/** For people; with `partitions`, what each segment has of each partition too. */
export function formatSegments(
  { segments, waiting }: SegmentReport,
  { partitions = false }: { partitions?: boolean } = {},
): string {
  return [
    segmentTable(segments),
    ...(partitions ? [rangeTable(segments)] : []),
    ...(waiting.length > 0 ? [waitingTable(waiting)] : []),
  ].join('\n\n');
}

function segmentTable(segments: readonly ListedSegment[]): string {
  return formatTable(
    [
      'topic',
      'segment',
      'leaf',
      'state',
      'created',
      'sealed',
      'size',
      'frozen',
      'compacted',
    ],
    segments.map((segment) => [
      segment.topic,
      segment.number,
      segment.leaf,
      segment.state,
      formatTime(segment.createdAt),
      formatTime(segment.sealedAt),
      formatBytes(segment.sizeBytes),
      segment.frozenAt ? 'yes' : 'no',
      segment.compactedAt ? formatTime(segment.compactedAt) : 'no',
    ]),
  );
}

function rangeTable(segments: readonly ListedSegment[]): string {
  const rows = segments.flatMap(({ topic, number, partitions }) =>
    partitions.map((range) => [
      topic,
      number,
      range.partition,
      ...offsetsOf(range),
      range.maxTimestamp === null || range.maxTimestamp < 0
        ? '-'
        : formatTime(new Date(range.maxTimestamp)),
      formatBytes(range.sizeBytes),
    ]),
  );
  return formatTable(
    [
      'topic',
      'segment',
      'partition',
      'first offset',
      'last offset',
      'newest record',
      'batches',
    ],
    rows,
  );
}

/** An active segment has no last offset yet; one without records of the partition has neither. */
function offsetsOf({ firstOffset, lastOffset }: ListedRange): string[] {
  if (lastOffset === null) return [String(firstOffset), '(written)'];
  if (lastOffset < firstOffset) return ['-', '-'];
  return [String(firstOffset), String(lastOffset)];
}

function waitingTable(waiting: readonly RetiredLeaf[]): string {
  return formatTable(
    ['leaf to be dropped', 'of topic', 'since', 'size'],
    waiting.map(({ leaf, topic, retiredAt, sizeBytes }) => [
      leaf,
      topic,
      formatTime(retiredAt),
      formatBytes(sizeBytes),
    ]),
  );
}

function formatTime(time: Date | null): string {
  return time?.toISOString().replace(/\.\d+Z$/, 'Z') ?? '-';
}
