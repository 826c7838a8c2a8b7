import { PostamtError } from '#kernel';
import { parseBatchHeader, type BatchHeader } from './batch-header.js';
import { invalidRecord } from './invalid-record.js';
import { RecordScanner, type TimestampRange } from './record-scanner.js';
import { unpackRecords, type ReadOptions } from './unpack-records.js';
import { requireCrc } from './verify-batch.js';

/** How {@link validateProducedBatch} reads. */
export interface ValidateOptions extends ReadOptions {
  /** Whether records without a key are refused, as a compacted topic does; false unless given. */
  readonly requireKeys?: boolean;
}

/** A producer's batch that a log may take. */
export interface ProducedBatch extends TimestampRange {
  readonly header: BatchHeader;
}

/**
 * Checks a producer's batch before it is appended, as a broker does: its CRC; as many records as the header says, to the
 * last byte, at the offset deltas 0, 1, 2, …; no control batch; with a producer id, a sequence; timestamps of the
 * producer's. Records are walked over, not built. The timestamps are those of the records, whatever maxTimestamp says in
 * the header (Kafka writes the true one over it).
 *
 * Throws what {@link verifyBatch} throws for damaged bytes; INVALID_RECORD for what its producer wrote wrongly;
 * INVALID_TIMESTAMP for LogAppendTime, which is the log's to set; MESSAGE_TOO_LARGE where the records unpack to more
 * than `maxDecompressedBytes`. Source: Kafka's LogValidator, which gives other offset deltas in compressed batches new
 * numbers where this refuses them.
 *
 * @example
 * const { header, maxTimestamp } = validateProducedBatch(batch, { requireKeys: topic.isCompacted });
 */
export function validateProducedBatch(
  bytes: Buffer,
  options: ValidateOptions = {},
): ProducedBatch {
  const { checkCrc = true, requireKeys = false } = options;
  const header = parseBatchHeader(bytes);
  if (checkCrc) requireCrc(bytes, header);
  checkHeader(header);
  const records = unpackRecords(bytes, header, options);
  const scanner = new RecordScanner(records, header, requireKeys);
  return { header, ...scanner.scan() };
}

function checkHeader(header: BatchHeader): void {
  const { recordCount, lastOffsetDelta, producerId, baseSequence } = header;
  if (recordCount <= 0 || recordCount - 1 !== lastOffsetDelta) {
    throw invalidRecord(
      `it says ${recordCount} records and the last offset delta ${lastOffsetDelta}`,
    );
  }
  if (header.isControl) {
    throw invalidRecord('control batches are written by the log itself');
  }
  if (producerId >= 0n && baseSequence < 0) {
    throw invalidRecord(
      `producer ${producerId} gives it the sequence ${baseSequence}`,
    );
  }
  if (header.timestampType === 'CreateTime') return;
  throw new PostamtError(
    'INVALID_TIMESTAMP',
    'A producer gave the record batch the timestamp type LogAppendTime; send CreateTime, the topic decides.',
  );
}
