import { batchSizeAt } from './batch-size-at.js';

/**
 * Splits batches that stand one after the other, as in Kafka's produce requests and fetch answers, into views of
 * `bytes`. Only lengths and magic are checked: {@link verifyBatch} or {@link decodeRecordBatch} check the rest. No bytes
 * give no batches. Throws CORRUPT_MESSAGE where the last batch is cut off, NOT_SUPPORTED for message formats v0 and v1.
 *
 * @example
 * for (const batch of recordBatchesIn(answer)) consume(decodeRecordBatch(batch).records);
 */
export function recordBatchesIn(bytes: Buffer): Buffer[] {
  const batches: Buffer[] = [];
  for (let position = 0; position < bytes.length;) {
    const end = position + batchSizeAt(bytes, position);
    batches.push(bytes.subarray(position, end));
    position = end;
  }
  return batches;
}
