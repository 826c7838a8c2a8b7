import { BATCH_LAYOUT, LENGTH_PREFIX_BYTES } from './batch-layout.js';
import { crc32c } from './crc32c.js';

/** Writes length and CRC-32C into `batch`, once all else stands in it, and returns it. */
export function sealBatch(batch: Buffer): Buffer {
  batch.writeInt32BE(
    batch.length - LENGTH_PREFIX_BYTES,
    BATCH_LAYOUT.batchLength,
  );
  const crc = crc32c(batch.subarray(BATCH_LAYOUT.attributes));
  batch.writeUInt32BE(crc, BATCH_LAYOUT.crc);
  return batch;
}
