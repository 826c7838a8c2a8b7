import type { Appended } from '#log';
import { encodeRecordBatch, type RecordBatchOptions } from '#records';

/** A batch of these values. */
export function batchOf(
  values: readonly string[],
  options: RecordBatchOptions = {},
): Buffer {
  const records = values.map((value) => ({
    timestamp: Date.now(),
    key: null,
    value: Buffer.from(value),
  }));
  return encodeRecordBatch(records, options);
}

/** The offset of each record of a batch that was appended. */
export function offsetsOf(appended: Appended | undefined): bigint[] {
  if (!appended) throw new Error('an append was answered by nothing');
  const { baseOffset, lastOffset } = appended;
  const count = Number(lastOffset - baseOffset) + 1;
  return Array.from({ length: count }, (_, n) => baseOffset + BigInt(n));
}
