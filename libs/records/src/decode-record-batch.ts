import type { BatchHeader } from './batch-header.js';
import type { LogRecord } from './log-record.js';
import { RecordReader } from './record-reader.js';
import { unpackRecords, type ReadOptions } from './unpack-records.js';
import { readOrVerify } from './verify-batch.js';

/** A record batch, read. */
export interface DecodedBatch {
  readonly header: BatchHeader;
  /** In the order of their offsets. */
  readonly records: LogRecord[];
}

/** How {@link decodeRecordBatch} reads. */
export type DecodeOptions = ReadOptions;

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
  const header = readOrVerify(bytes, options);
  const records = unpackRecords(bytes, header, options);
  return { header, records: new RecordReader(records, header).readAll() };
}
