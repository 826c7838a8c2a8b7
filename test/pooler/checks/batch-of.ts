import { encodeRecordBatch } from '#records';

/** A batch with one record for each value. */
export function batchOf(...values: readonly string[]): Buffer {
  const timestamp = Date.now();
  return encodeRecordBatch(
    values.map((value) => ({
      timestamp,
      key: null,
      value: Buffer.from(value),
    })),
  );
}
