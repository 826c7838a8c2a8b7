import type { BatchHeader } from './batch-header.js';
import { decodeRecordBatch } from './decode-record-batch.js';
import { encodeRecordBatch } from './encode-record-batch.js';
import type { LogRecord } from './log-record.js';

/** How {@link thinBatch} writes. */
export interface ThinOptions {
  /** When the tombstones that are kept may go, in milliseconds since 1970; a batch that says so already keeps that. */
  readonly deleteHorizonMs?: number;
}

/**
 * Takes records out of a batch, for compaction. Undefined where none is kept; the same bytes where all are and no delete
 * horizon is to be set; else a new batch with a new CRC, in which the kept records have their offsets, timestamps and
 * all else. Base offset, last offset delta, leader epoch, producer id, epoch and sequence, compression, timestamp type
 * and the bits for transactional and control batches stay; maxTimestamp is the greatest of the kept records.
 *
 * The delete horizon is set where a tombstone is kept, or the batch is a control batch, and it has none yet; it takes
 * the place of the base timestamp (KIP-534).
 *
 * Throws what {@link decodeRecordBatch} throws, and INVALID_VALUE for a horizon that is no time. Source: KIP-534; Kafka's
 * MemoryRecords.filterTo, whose bytes these are where nothing is compressed.
 *
 * @example
 * const thinned = thinBatch(batch, (record) => latest.get(record.key) === record.offset, { deleteHorizonMs });
 */
export function thinBatch(
  bytes: Buffer,
  keep: (record: LogRecord) => boolean,
  options: ThinOptions = {},
): Buffer | undefined {
  const { header, records } = decodeRecordBatch(bytes);
  const kept = records.filter((record) => keep(record));
  if (kept.length === 0) return undefined;
  const deleteHorizonMs = horizonOf(header, kept, options);
  const isWhole = kept.length === records.length;
  if (isWhole && deleteHorizonMs === header.deleteHorizonMs) return bytes;
  const { partitionLeaderEpoch: leaderEpoch, baseOffset, ...fields } = header;
  return encodeRecordBatch(kept, {
    ...fields,
    baseOffset,
    leaderEpoch,
    deleteHorizonMs,
    offsetDeltas: kept.map(({ offset }) => Number(offset - baseOffset)),
  });
}

function horizonOf(
  header: BatchHeader,
  kept: readonly LogRecord[],
  options: ThinOptions,
): number | undefined {
  if (header.deleteHorizonMs !== undefined) return header.deleteHorizonMs;
  const waits = header.isControl || kept.some(({ value }) => value === null);
  return waits ? options.deleteHorizonMs : undefined;
}
