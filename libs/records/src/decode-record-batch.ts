import { readBatchHeader, type BatchHeader } from './batch-header.js';
import { BATCH_LAYOUT } from './batch-layout.js';
import { decompressRecords } from './codecs.js';
import type { LogRecord } from './log-record.js';
import { RecordReader } from './record-reader.js';
import { requireInteger } from './require-integer.js';
import { verifyBatch } from './verify-batch.js';

const DEFAULT_MAX_DECOMPRESSED_BYTES = 256 * 1024 * 1024;

/** A record batch, read. */
export interface DecodedBatch {
  readonly header: BatchHeader;
  /** In the order of their offsets. */
  readonly records: LogRecord[];
}

/** How {@link decodeRecordBatch} reads. */
export interface DecodeOptions {
  /** Whether the CRC-32C is compared; true unless given. Leave it on where the bytes were not just verified. */
  readonly checkCrc?: boolean;
  /** The most bytes that compressed records may unpack to; 256 MiB unless given. */
  readonly maxDecompressedBytes?: number;
}

/**
 * Decodes the one record batch that `bytes` hold, strictly: what does not add up to the last byte is refused. Keys,
 * values and headers' values are views, not copies. Where the batch bears LogAppendTime, all records have its
 * maxTimestamp.
 *
 * Throws what {@link verifyBatch} throws; CORRUPT_MESSAGE where the records are not what the header says;
 * MESSAGE_TOO_LARGE where they unpack to more than `maxDecompressedBytes`; INVALID_VALUE for a `maxDecompressedBytes` below 1. Source: Kafka docs, Record Batch and Record.
 *
 * @example
 * const { header, records } = decodeRecordBatch(batch);
 * for (const { offset, key, value } of records) apply(offset, key, value);
 */
export function decodeRecordBatch(
  bytes: Buffer,
  options: DecodeOptions = {},
): DecodedBatch {
  const { checkCrc = true } = options;
  const maxBytes =
    options.maxDecompressedBytes ?? DEFAULT_MAX_DECOMPRESSED_BYTES;
  requireInteger('maxDecompressedBytes', maxBytes, 1, Number.MAX_SAFE_INTEGER);
  const header = checkCrc ? verifyBatch(bytes) : readBatchHeader(bytes);
  const unpacked = unpackRecords(bytes, header, maxBytes);
  return { header, records: new RecordReader(unpacked, header).readAll() };
}

/** A batch that compaction has emptied may keep its compression and has nothing to unpack. */
function unpackRecords(
  bytes: Buffer,
  header: BatchHeader,
  maxBytes: number,
): Buffer {
  const packed = bytes.subarray(BATCH_LAYOUT.records);
  if (packed.length === 0) return packed;
  return decompressRecords(header.compression, packed, maxBytes);
}
