import type { BatchHeader } from './batch-header.js';
import { ByteCursor } from './byte-cursor.js';
import { corruptBatch } from './corrupt-batch.js';
import type { LogRecord, RecordHeader } from './log-record.js';

/** Length, attributes, two deltas, two lengths and a count: no record has fewer bytes. */
const SMALLEST_RECORD_BYTES = 7;
/** A length and a length. */
const SMALLEST_HEADER_BYTES = 2;
const NO_HEADERS: readonly RecordHeader[] = Object.freeze([]);

/**
 * Reads the unpacked records of one batch, of this grammar (Kafka docs: Record), all lengths, deltas and counts zig-zag
 * varints:
 *
 *     Record =>
 *       length: varint            bytes that follow this field
 *       attributes: int8          unused
 *       timestampDelta: varlong
 *       offsetDelta: varint
 *       keyLength: varint         -1 for null
 *       key: byte[]
 *       valueLength: varint       -1 for null
 *       value: byte[]
 *       headersCount: varint
 *       headers: [Header]
 *     Header =>
 *       keyLength: varint
 *       key: byte[]               UTF-8
 *       valueLength: varint       -1 for null
 *       value: byte[]
 *
 * Nothing is allocated by a count before the bytes for it are known to be there.
 */
export class RecordReader {
  readonly #cursor: ByteCursor;
  readonly #header: BatchHeader;
  readonly #appendTime: number | undefined;
  readonly #lastOffsetDelta: number;
  #lastDelta = -1;
  #lastOffset: bigint;

  constructor(records: Buffer, header: BatchHeader) {
    this.#cursor = new ByteCursor(records);
    this.#header = header;
    this.#lastOffsetDelta = header.lastOffsetDelta;
    this.#lastOffset = header.baseOffset - 1n;
    this.#appendTime =
      header.timestampType === 'LogAppendTime'
        ? header.maxTimestamp
        : undefined;
  }

  /** All records. Throws CORRUPT_MESSAGE unless they are as many as the header says and use up every byte. */
  readAll(): LogRecord[] {
    const count = this.#header.recordCount;
    this.#requireRoom(count, SMALLEST_RECORD_BYTES, 'records');
    const records: LogRecord[] = [];
    for (let i = 0; i < count; i += 1) records.push(this.#readRecord());
    if (this.#cursor.remaining === 0) return records;
    throw this.#corrupt(
      `${this.#cursor.remaining} bytes follow its ${count} records`,
    );
  }

  #readRecord(): LogRecord {
    const cursor = this.#cursor;
    cursor.openRecord();
    cursor.skip(1);
    const timestamp = this.#readTimestamp();
    const offset = this.#readOffset();
    const key = cursor.readNullableBytes();
    const value = cursor.readNullableBytes();
    const headers = this.#readHeaders();
    cursor.closeRecord();
    return { offset, timestamp, key, value, headers };
  }

  #readTimestamp(): number {
    const timestamp = this.#header.baseTimestamp + this.#cursor.readVarlong();
    if (this.#appendTime !== undefined) return this.#appendTime;
    if (Number.isSafeInteger(timestamp)) return timestamp;
    throw this.#corrupt('a timestamp is past the safe range of a number');
  }

  /** One more than the last in most batches, which is cheaper to count than to add up. */
  #readOffset(): bigint {
    const delta = this.#cursor.readVarint();
    if (delta === this.#lastDelta + 1 && delta <= this.#lastOffsetDelta) {
      this.#lastOffset += 1n;
    } else {
      this.#requireRising(delta);
      this.#lastOffset = this.#header.baseOffset + BigInt(delta);
    }
    this.#lastDelta = delta;
    return this.#lastOffset;
  }

  #requireRising(delta: number): void {
    if (delta > this.#lastDelta && delta <= this.#lastOffsetDelta) return;
    throw this.#corrupt(
      `offset delta ${delta} follows ${this.#lastDelta}, the last is ${this.#lastOffsetDelta}`,
    );
  }

  #readHeaders(): readonly RecordHeader[] {
    const count = this.#cursor.readVarint();
    if (count === 0) return NO_HEADERS;
    this.#requireRoom(count, SMALLEST_HEADER_BYTES, 'headers');
    const headers: RecordHeader[] = [];
    for (let i = 0; i < count; i += 1) {
      const key = this.#cursor.readString();
      headers.push({ key, value: this.#cursor.readNullableBytes() });
    }
    return headers;
  }

  #requireRoom(count: number, smallest: number, what: string): void {
    const { remaining } = this.#cursor;
    if (count >= 0 && count * smallest <= remaining) return;
    throw this.#corrupt(`${count} ${what} cannot stand in ${remaining} bytes`);
  }

  #corrupt(what: string) {
    return corruptBatch(
      `${what}, in the batch at offset ${this.#header.baseOffset}`,
    );
  }
}
