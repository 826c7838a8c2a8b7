import { BATCH_LAYOUT } from './batch-layout.js';
import { corruptBatch } from './corrupt-batch.js';
import { requireInteger } from './require-integer.js';

/**
 * Writes base offset and leader epoch **into `bytes`**, which hold one batch, and returns them. Both fields stand
 * outside the CRC, so the batch stays valid and its records take the new offsets. Throws INVALID_VALUE for numbers that
 * the fields cannot hold, CORRUPT_MESSAGE for fewer bytes than a header has. Source: Kafka docs, Record Batch.
 *
 * @example
 * const stored = writeOffsetAndEpoch(row.batch, row.baseOffset, row.leaderEpoch);
 */
export function writeOffsetAndEpoch(
  bytes: Buffer,
  baseOffset: bigint,
  leaderEpoch: number,
): Buffer {
  if (bytes.length < BATCH_LAYOUT.records) {
    throw corruptBatch(`${bytes.length} bytes do not hold its header`);
  }
  requireInteger('baseOffset', baseOffset, 0n, 2n ** 63n - 1n);
  requireInteger('leaderEpoch', leaderEpoch, -1, 2 ** 31 - 1);
  bytes.writeBigInt64BE(baseOffset, BATCH_LAYOUT.baseOffset);
  bytes.writeInt32BE(leaderEpoch, BATCH_LAYOUT.leaderEpoch);
  return bytes;
}
