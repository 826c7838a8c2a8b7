import { readBatchHeader, thinBatch, type LogRecord } from '#records';
import { namingBatch } from './build-offset-map.js';
import type { OffsetMap } from './offset-map.js';
import { readLeaf } from './read-leaf.js';
import type { LeafRow, StoredBatch } from './sql/leaf-pages.js';
import type { Segment, TopicLog } from './topic-log.js';
import type { TopicRun } from './topic-run.js';
import { WrittenLeaf } from './written-leaf.js';

/** Segments, rewritten into one leaf. */
export interface RewrittenSegments {
  readonly leaf: WrittenLeaf;
  /** When the first tombstone in it may go, in milliseconds. */
  readonly deleteHorizon: number | null;
  readonly recordsBefore: number;
  readonly recordsAfter: number;
}

/** What decides about records. */
interface Cleaning {
  readonly map: OffsetMap;
  readonly now: number;
  readonly deleteRetentionMs: number;
}

/**
 * Writes what stays of some segments into a new leaf, in their order and with their offsets. Nobody sees it yet.
 *
 * @returns undefined where maintenance is to end
 */
export async function rewriteSegments(
  run: TopicRun,
  log: TopicLog,
  segments: readonly Segment[],
  map: OffsetMap,
): Promise<RewrittenSegments | undefined> {
  const { deleteRetentionMs } = log.topic.config;
  const cleaning = { map, now: log.now, deleteRetentionMs };
  const { db, topicNumber } = run;
  const leaf = await WrittenLeaf.create(db, topicNumber, segments);
  const counts = { recordsBefore: 0, recordsAfter: 0 };
  let deleteHorizon = Infinity;
  for (const segment of segments) {
    for await (const page of readLeaf(db, segment.leaf)) {
      if (run.signal.aborted) return undefined;
      await run.lock.check();
      for (const batch of page) {
        const cleaned = clean(cleaning, segment.leaf, batch);
        counts.recordsBefore += cleaned.recordsBefore;
        counts.recordsAfter += cleaned.row?.[4] ?? 0;
        deleteHorizon = Math.min(deleteHorizon, cleaned.deleteHorizon);
        if (cleaned.row) await leaf.add(cleaned.row);
      }
    }
  }
  await leaf.flush();
  const horizon = deleteHorizon === Infinity ? null : deleteHorizon;
  return { leaf, deleteHorizon: horizon, ...counts };
}

/** What stays of one batch. */
interface CleanedBatch {
  readonly recordsBefore: number;
  /** Undefined where nothing stays. */
  readonly row: LeafRow | undefined;
  /** Infinity where it has no tombstone. */
  readonly deleteHorizon: number;
}

function clean(
  cleaning: Cleaning,
  leaf: string,
  batch: StoredBatch,
): CleanedBatch {
  return namingBatch(leaf, batch.baseOffset, () => {
    const { recordCount, deleteHorizonMs } = readBatchHeader(batch.bytes);
    const { map, now, deleteRetentionMs } = cleaning;
    const mayDelete = deleteHorizonMs !== undefined && deleteHorizonMs <= now;
    let tombstones = 0;
    const bytes = thinBatch(
      batch.bytes,
      (record) => {
        const kept = isKept(map, batch.partitionId, record, mayDelete);
        if (kept && record.value === null) tombstones += 1;
        return kept;
      },
      { deleteHorizonMs: now + deleteRetentionMs },
    );
    // A batch keeps its horizon when its tombstones are gone: that alone is no reason to come again.
    const waits = bytes !== undefined && tombstones > 0;
    return {
      recordsBefore: recordCount,
      row: bytes && rowOf(batch, bytes),
      deleteHorizon: waits ? horizonOf(bytes) : Infinity,
    };
  });
}

/**
 * Whether a record stays: the last one of its key does, unless it is a tombstone whose time is over. Records without a key
 * have no place in a compacted topic (Kafka: Cleaner.shouldRetainRecord).
 */
function isKept(
  map: OffsetMap,
  partitionId: number,
  { key, value, offset }: LogRecord,
  mayDelete: boolean,
): boolean {
  if (key === null || (value === null && mayDelete)) return false;
  const last = map.get(partitionId, key);
  return last === undefined || offset >= last;
}

function horizonOf(bytes: Buffer): number {
  return readBatchHeader(bytes).deleteHorizonMs ?? Infinity;
}

function rowOf(batch: StoredBatch, bytes: Buffer): LeafRow {
  const header = readBatchHeader(bytes);
  return [
    batch.partitionId,
    batch.baseOffset,
    batch.lastOffset,
    batch.leaderEpoch,
    header.recordCount,
    header.maxTimestamp,
    header.attributes,
    header.producerId,
    header.producerEpoch,
    header.baseSequence,
    bytes,
  ];
}
