import { ATTRIBUTE_BITS, BATCH_LAYOUT } from './batch-layout.js';
import { requireInteger } from './require-integer.js';
import { sealBatch } from './seal-batch.js';
import type { ReadOptions } from './unpack-records.js';
import { readOrVerify } from './verify-batch.js';

/**
 * A copy of the batch that bears LogAppendTime: all its records are read with `timestampMs`, whatever their producer
 * gave them. Attributes, maxTimestamp and CRC change; the records' bytes stay. It is what a topic's
 * `message.timestamp.type` of LogAppendTime asks for (KIP-32).
 *
 * Throws what {@link verifyBatch} throws, and INVALID_VALUE unless `timestampMs` is whole milliseconds since 1970.
 *
 * @example
 * const stored = withLogAppendTime(batch, Date.now());
 */
export function withLogAppendTime(
  bytes: Buffer,
  timestampMs: number,
  options: Pick<ReadOptions, 'checkCrc'> = {},
): Buffer {
  requireInteger('timestampMs', timestampMs, 0, Number.MAX_SAFE_INTEGER);
  const { attributes } = readOrVerify(bytes, options);
  const batch = Buffer.from(bytes);
  batch.writeInt16BE(
    attributes | ATTRIBUTE_BITS.logAppendTime,
    BATCH_LAYOUT.attributes,
  );
  batch.writeBigInt64BE(BigInt(timestampMs), BATCH_LAYOUT.maxTimestamp);
  return sealBatch(batch);
}
