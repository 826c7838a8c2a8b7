import { PostamtError } from '#kernel';
import { BATCH_LAYOUT, LENGTH_PREFIX_BYTES, MAGIC } from './batch-layout.js';
import { corruptBatch } from './corrupt-batch.js';

/**
 * The whole size in bytes of the record batch that begins at `position`, by its length field, checked against what is
 * there. Throws CORRUPT_MESSAGE for a truncated batch and NOT_SUPPORTED for the message sets of before Kafka 0.11.
 */
export function batchSizeAt(bytes: Buffer, position: number): number {
  const left = bytes.length - position;
  if (left < BATCH_LAYOUT.crc) {
    throw corruptBatch(`${left} bytes at ${position} are too few for a batch`);
  }
  checkMagic(bytes.readInt8(position + BATCH_LAYOUT.magic));
  const length = bytes.readInt32BE(position + BATCH_LAYOUT.batchLength);
  const size = LENGTH_PREFIX_BYTES + length;
  if (size < BATCH_LAYOUT.records) {
    throw corruptBatch(`its length ${length} does not hold its own header`);
  }
  if (size > left) {
    throw corruptBatch(`it has ${size} bytes by its length, ${left} are here`);
  }
  return size;
}

/** Magic stands at the same byte in all versions of the format. */
function checkMagic(magic: number): void {
  if (magic === MAGIC) return;
  if (magic === 0 || magic === 1) {
    throw new PostamtError(
      'NOT_SUPPORTED',
      `Message format v${magic} is not read; write record batch v2, as clients do since Kafka 0.11.`,
    );
  }
  throw corruptBatch(`magic is ${magic} instead of ${MAGIC}`);
}
