import { readBatchHeader, type BatchHeader } from './batch-header.js';
import { BATCH_LAYOUT } from './batch-layout.js';
import { corruptBatch } from './corrupt-batch.js';
import { crc32c } from './crc32c.js';
import type { ReadOptions } from './unpack-records.js';

/**
 * {@link readBatchHeader} and the CRC-32C over everything from the attributes to the end: what the log does on append
 * and on read. Throws what readBatchHeader throws, and CORRUPT_MESSAGE where the CRC differs.
 *
 * @example
 * const { recordCount, maxTimestamp } = verifyBatch(batch);
 */
export function verifyBatch(bytes: Buffer): BatchHeader {
  const header = readBatchHeader(bytes);
  requireCrc(bytes, header);
  return header;
}

/** {@link verifyBatch}, or {@link readBatchHeader} where the CRC is not to be compared. */
export function readOrVerify(
  bytes: Buffer,
  { checkCrc = true }: Pick<ReadOptions, 'checkCrc'>,
): BatchHeader {
  return checkCrc ? verifyBatch(bytes) : readBatchHeader(bytes);
}

/** Throws CORRUPT_MESSAGE unless the CRC-32C of `bytes` is what their header says. */
export function requireCrc(bytes: Buffer, header: BatchHeader): void {
  const crc = crc32c(bytes.subarray(BATCH_LAYOUT.attributes));
  if (crc === header.crc) return;
  throw corruptBatch(
    `the batch at offset ${header.baseOffset} says CRC-32C ${header.crc}, its bytes give ${crc}`,
  );
}
