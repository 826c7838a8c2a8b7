/** A header of a record (KIP-82): a name, which may come more than once, and bytes or null. */
export interface RecordHeader {
  /** UTF-8 in the bytes; what is not UTF-8 there is read as U+FFFD. */
  readonly key: string;
  readonly value: Buffer | null;
}

/**
 * What a producer hands in. An empty key or value is not the same as null: null as a value is a tombstone, null as a
 * key has no order.
 *
 * @example
 * const record: RecordInput = { timestamp: Date.now(), key: Buffer.from('42'), value: null };
 */
export interface RecordInput {
  /** Milliseconds since 1970, a safe integer. */
  readonly timestamp: number;
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  readonly headers?: readonly RecordHeader[];
}

/**
 * A record as it was read from a batch. `key`, `value` and the headers' values are views of the batch's bytes (of the
 * unpacked bytes where the batch was compressed): do not write to them, and copy what must outlive the batch.
 */
export interface LogRecord extends RecordInput {
  readonly offset: bigint;
  readonly headers: readonly RecordHeader[];
}
