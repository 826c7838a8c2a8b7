// records: Kafka's record batch v2 (magic 2) as bytes: encode, decode, split, check; CRC-32C; murmur2. No I/O.
// May import: kernel.
// Words: record, record batch, base offset, offset delta, leader epoch, attributes, compression, control batch.
export { readBatchHeader, type BatchHeader } from './batch-header.js';
export { COMPRESSIONS, type Compression } from './compression.js';
export { crc32c } from './crc32c.js';
export {
  decodeRecordBatch,
  type DecodedBatch,
  type DecodeOptions,
} from './decode-record-batch.js';
export {
  encodeRecordBatch,
  type EncodeOptions,
} from './encode-record-batch.js';
export type { LogRecord, RecordHeader, RecordInput } from './log-record.js';
export { murmur2 } from './murmur2.js';
export { partitionForKey } from './partition-for-key.js';
export {
  RecordBatchBuilder,
  type RecordBatchBuilderOptions,
} from './record-batch-builder.js';
export type { RecordBatchOptions } from './record-batch-options.js';
export { recompress } from './recompress.js';
export { recordBatchesIn } from './record-batches-in.js';
export { type HeaderValues, recordHeaders } from './record-headers.js';
export { recordTimestamp } from './record-timestamp.js';
export { thinBatch, type ThinOptions } from './thin-batch.js';
export { TIMESTAMP_TYPES, type TimestampType } from './timestamp-type.js';
export type { ReadOptions } from './unpack-records.js';
export {
  validateProducedBatch,
  type ProducedBatch,
  type ValidateOptions,
} from './validate-produced-batch.js';
export { verifyBatch } from './verify-batch.js';
export { withLogAppendTime } from './with-log-append-time.js';
export { writeOffsetAndEpoch } from './write-offset-and-epoch.js';
