import { PostamtError } from '#kernel';
import { ATTRIBUTE_BITS, BATCH_LAYOUT, MAGIC } from './batch-layout.js';
import { batchSizeAt } from './batch-size-at.js';
import { COMPRESSIONS, type Compression } from './compression.js';
import { corruptBatch } from './corrupt-batch.js';
import type { TimestampType } from './timestamp-type.js';

/** The fields before the records, as they stand, and what the bits of `attributes` mean. */
export interface BatchHeader {
  /** Offset of the first record as it was appended; compaction may have taken that record out since. */
  readonly baseOffset: bigint;
  /** Bytes that follow the length field: 12 fewer than the whole batch has. */
  readonly batchLength: number;
  /** Leader epoch under which the batch was appended; -1 as producers write it. */
  readonly partitionLeaderEpoch: number;
  readonly magic: typeof MAGIC;
  /** CRC-32C as it stands in the batch, unsigned; {@link verifyBatch} compares it. */
  readonly crc: number;
  /** All 16 bits, also those that have no field of their own here. */
  readonly attributes: number;
  /** Offset of the last record as it was appended, less the base offset. */
  readonly lastOffsetDelta: number;
  /** What the records' timestamp deltas count from, in milliseconds; the delete horizon where there is one. */
  readonly baseTimestamp: number;
  /** When the tombstones in the batch may go, in milliseconds; undefined until compaction has set it (KIP-534). */
  readonly deleteHorizonMs: number | undefined;
  /** The greatest timestamp of the records, or the append time, in milliseconds; -1 for none. */
  readonly maxTimestamp: number;
  /** -1n where the producer is not idempotent, as are epoch and sequence -1. */
  readonly producerId: bigint;
  readonly producerEpoch: number;
  readonly baseSequence: number;
  /** 0 in a batch that compaction has emptied. */
  readonly recordCount: number;
  readonly compression: Compression;
  readonly timestampType: TimestampType;
  readonly isTransactional: boolean;
  readonly isControl: boolean;
}

/**
 * Reads the header of the one batch that `bytes` hold. Records are not looked at and the CRC is not compared.
 *
 * Throws CORRUPT_MESSAGE (truncated, bytes behind the batch, a field out of its range), NOT_SUPPORTED (message formats
 * v0 and v1) or UNSUPPORTED_COMPRESSION_TYPE (a number that is no compression). Source: Kafka docs, Record Batch.
 *
 * @example
 * const { baseOffset, lastOffsetDelta } = readBatchHeader(batch);
 */
export function readBatchHeader(bytes: Buffer): BatchHeader {
  const header = parseBatchHeader(bytes);
  checkCounts(header);
  return header;
}

/** {@link readBatchHeader}, but any record count and last offset delta pass. */
export function parseBatchHeader(bytes: Buffer): BatchHeader {
  checkOneBatch(bytes);
  const attributes = bytes.readInt16BE(BATCH_LAYOUT.attributes);
  const baseTimestamp = readTimestamp(bytes, 'baseTimestamp');
  return {
    baseOffset: bytes.readBigInt64BE(BATCH_LAYOUT.baseOffset),
    batchLength: bytes.readInt32BE(BATCH_LAYOUT.batchLength),
    partitionLeaderEpoch: bytes.readInt32BE(BATCH_LAYOUT.leaderEpoch),
    magic: MAGIC,
    crc: bytes.readUInt32BE(BATCH_LAYOUT.crc),
    attributes,
    lastOffsetDelta: bytes.readInt32BE(BATCH_LAYOUT.lastOffsetDelta),
    baseTimestamp,
    deleteHorizonMs:
      attributes & ATTRIBUTE_BITS.deleteHorizon ? baseTimestamp : undefined,
    maxTimestamp: readTimestamp(bytes, 'maxTimestamp'),
    producerId: bytes.readBigInt64BE(BATCH_LAYOUT.producerId),
    producerEpoch: bytes.readInt16BE(BATCH_LAYOUT.producerEpoch),
    baseSequence: bytes.readInt32BE(BATCH_LAYOUT.baseSequence),
    recordCount: bytes.readInt32BE(BATCH_LAYOUT.recordCount),
    compression: compressionOf(attributes),
    timestampType:
      attributes & ATTRIBUTE_BITS.logAppendTime
        ? 'LogAppendTime'
        : 'CreateTime',
    isTransactional: (attributes & ATTRIBUTE_BITS.transactional) !== 0,
    isControl: (attributes & ATTRIBUTE_BITS.control) !== 0,
  };
}

function checkOneBatch(bytes: Buffer): void {
  const size = batchSizeAt(bytes, 0);
  if (size === bytes.length) return;
  throw corruptBatch(
    `${bytes.length - size} bytes follow it (several batches are split by recordBatchesIn)`,
  );
}

/** An int64 of milliseconds as a number: what is past the safe range is no date. */
function readTimestamp(
  bytes: Buffer,
  field: 'baseTimestamp' | 'maxTimestamp',
): number {
  const value = bytes.readBigInt64BE(BATCH_LAYOUT[field]);
  const timestamp = Number(value);
  if (Number.isSafeInteger(timestamp)) return timestamp;
  throw corruptBatch(`${field} ${value} is past the safe range of a number`);
}

function compressionOf(attributes: number): Compression {
  const number = attributes & ATTRIBUTE_BITS.compression;
  const compression = COMPRESSIONS[number];
  if (compression) return compression;
  throw new PostamtError(
    'UNSUPPORTED_COMPRESSION_TYPE',
    `Compression ${number} in the batch's attributes is not known; use one of ${COMPRESSIONS.join(', ')}.`,
  );
}

/** Compaction takes records out and leaves the delta, so there may be fewer records than offsets, never more. */
function checkCounts(header: BatchHeader): void {
  const { recordCount, lastOffsetDelta } = header;
  if (recordCount >= 0 && recordCount - 1 <= lastOffsetDelta) {
    if (lastOffsetDelta >= 0) return;
  }
  throw corruptBatch(
    `record count ${recordCount} does not fit last offset delta ${lastOffsetDelta}`,
  );
}
