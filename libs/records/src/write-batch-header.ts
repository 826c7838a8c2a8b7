import {
  ATTRIBUTE_BITS,
  BATCH_LAYOUT,
  LENGTH_PREFIX_BYTES,
  MAGIC,
} from './batch-layout.js';
import { COMPRESSIONS } from './compression.js';
import { crc32c } from './crc32c.js';
import type { BatchSettings } from './record-batch-options.js';

/** What the header says of the records behind it. */
export interface RecordsSummary {
  readonly recordCount: number;
  readonly lastOffsetDelta: number;
  readonly baseTimestamp: number;
  readonly maxTimestamp: number;
}

/** Writes the header of `batch`, behind whose first 61 bytes the packed records stand already; the CRC comes last. */
export function writeBatchHeader(
  batch: Buffer,
  settings: BatchSettings,
  records: RecordsSummary,
): void {
  const at = BATCH_LAYOUT;
  batch.writeBigInt64BE(settings.baseOffset, at.baseOffset);
  batch.writeInt32BE(batch.length - LENGTH_PREFIX_BYTES, at.batchLength);
  batch.writeInt32BE(settings.leaderEpoch, at.leaderEpoch);
  batch.writeInt8(MAGIC, at.magic);
  batch.writeInt16BE(attributesOf(settings), at.attributes);
  batch.writeInt32BE(records.lastOffsetDelta, at.lastOffsetDelta);
  batch.writeBigInt64BE(BigInt(records.baseTimestamp), at.baseTimestamp);
  batch.writeBigInt64BE(BigInt(records.maxTimestamp), at.maxTimestamp);
  batch.writeBigInt64BE(settings.producerId, at.producerId);
  batch.writeInt16BE(settings.producerEpoch, at.producerEpoch);
  batch.writeInt32BE(settings.baseSequence, at.baseSequence);
  batch.writeInt32BE(records.recordCount, at.recordCount);
  batch.writeUInt32BE(crc32c(batch.subarray(at.attributes)), at.crc);
}

function attributesOf(settings: BatchSettings): number {
  return (
    COMPRESSIONS.indexOf(settings.compression) |
    (settings.timestampType === 'LogAppendTime'
      ? ATTRIBUTE_BITS.logAppendTime
      : 0) |
    (settings.isTransactional ? ATTRIBUTE_BITS.transactional : 0) |
    (settings.isControl ? ATTRIBUTE_BITS.control : 0)
  );
}
