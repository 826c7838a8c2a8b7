import { ATTRIBUTE_BITS, BATCH_LAYOUT, MAGIC } from './batch-layout.js';
import { COMPRESSIONS } from './compression.js';
import type { BatchSettings } from './record-batch-options.js';
import { sealBatch } from './seal-batch.js';

/** What the header says of the records behind it. */
export interface RecordsSummary {
  readonly recordCount: number;
  readonly lastOffsetDelta: number;
  readonly baseTimestamp: number;
  readonly maxTimestamp: number;
}

/** Writes the header of `batch`, behind whose first 61 bytes the packed records stand already. */
export function writeBatchHeader(
  batch: Buffer,
  settings: BatchSettings,
  records: RecordsSummary,
): void {
  const at = BATCH_LAYOUT;
  batch.writeBigInt64BE(settings.baseOffset, at.baseOffset);
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
  sealBatch(batch);
}

function attributesOf(settings: BatchSettings): number {
  return (
    COMPRESSIONS.indexOf(settings.compression) |
    (settings.timestampType === 'LogAppendTime'
      ? ATTRIBUTE_BITS.logAppendTime
      : 0) |
    (settings.isTransactional ? ATTRIBUTE_BITS.transactional : 0) |
    (settings.isControl ? ATTRIBUTE_BITS.control : 0) |
    (settings.deleteHorizonMs === undefined ? 0 : ATTRIBUTE_BITS.deleteHorizon)
  );
}
