import type { PostamtError } from '#kernel';
import { corruptBatch } from './corrupt-batch.js';

/**
 * Reads the records' fields one after the other, and never past the end of the record that is open: whatever asks for
 * more throws. Varints are Protocol Buffers' zig-zag ones, as in Kafka's `ByteUtils`.
 */
export class ByteCursor {
  readonly #bytes: Buffer;
  readonly #fault: (what: string) => PostamtError;
  #position = 0;
  #end: number;

  /** `fault` makes the error of what cannot be read, CORRUPT_MESSAGE unless given. */
  constructor(
    bytes: Buffer,
    fault: (what: string) => PostamtError = corruptBatch,
  ) {
    this.#bytes = bytes;
    this.#fault = fault;
    this.#end = bytes.length;
  }

  /** Bytes left before the end of the open record, or of all bytes where none is open. */
  get remaining(): number {
    return this.#end - this.#position;
  }

  /** Reads a record's length and lets nothing be read past it until {@link closeRecord}. */
  openRecord(): void {
    const length = this.readVarint();
    this.#require(length);
    this.#end = this.#position + length;
  }

  /** Throws unless the open record was read to its last byte. */
  closeRecord(): void {
    if (this.#position !== this.#end) {
      throw this.#corrupt(`${this.remaining} bytes of a record are unread`);
    }
    this.#end = this.#bytes.length;
  }

  skip(count: number): void {
    this.#require(count);
    this.#position += count;
  }

  /** A zig-zag varint of 32 bits. Most are of one byte or two: that way is kept short enough to be inlined. */
  readVarint(): number {
    const position = this.#position;
    if (position + 1 < this.#end) {
      const first = this.#bytes[position] as number;
      if (first < 0x80) {
        this.#position = position + 1;
        return (first >>> 1) ^ -(first & 1);
      }
      const second = this.#bytes[position + 1] as number;
      if (second < 0x80) {
        this.#position = position + 2;
        return (((first & 0x7f) >>> 1) | (second << 6)) ^ -(first & 1);
      }
    }
    return this.#readLongVarint();
  }

  /** A zig-zag varint of 64 bits whose value must be a safe integer. */
  readVarlong(): number {
    let raw = 0;
    for (let shift = 0; shift < 28; shift += 7) {
      const byte = this.#readByte();
      raw |= (byte & 0x7f) << shift;
      if (byte < 0x80) return (raw >>> 1) ^ -(raw & 1);
    }
    return this.#readLongVarlong(raw);
  }

  /** A varint length and so many bytes, as a view; -1 is null. */
  readNullableBytes(): Buffer | null {
    const length = this.readVarint();
    if (length === -1) return null;
    this.#require(length);
    const start = this.#position;
    this.#position = start + length;
    return this.#bytes.subarray(start, this.#position);
  }

  /** Goes past a varint length and so many bytes, and gives the length; -1 is null. */
  skipNullableBytes(): number {
    const length = this.readVarint();
    if (length !== -1) this.skip(length);
    return length;
  }

  /** A varint length and so many bytes of UTF-8. */
  readString(): string {
    const length = this.readVarint();
    this.#require(length);
    const start = this.#position;
    this.#position = start + length;
    return this.#bytes.toString('utf8', start, this.#position);
  }

  #readByte(): number {
    if (this.#position >= this.#end) throw this.#corrupt('a record ends early');
    const byte = this.#bytes[this.#position] as number;
    this.#position += 1;
    return byte;
  }

  #readLongVarint(): number {
    let raw = 0;
    for (let shift = 0; shift < 28; shift += 7) {
      const byte = this.#readByte();
      raw |= (byte & 0x7f) << shift;
      if (byte < 0x80) return (raw >>> 1) ^ -(raw & 1);
    }
    const last = this.#readByte();
    if (last > 0x0f) throw this.#corrupt('a varint has more than 32 bits');
    raw |= last << 28;
    return (raw >>> 1) ^ -(raw & 1);
  }

  /** The rest of a varlong whose first four bytes gave the 28 bits of `low`. */
  #readLongVarlong(low: number): number {
    let raw = BigInt(low);
    for (let shift = 28n; shift < 70n; shift += 7n) {
      const byte = this.#readByte();
      raw |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return this.#safeNumber((raw >> 1n) ^ -(raw & 1n));
    }
    throw this.#corrupt('a varint has more than 64 bits');
  }

  #safeNumber(value: bigint): number {
    const number = Number(value);
    if (Number.isSafeInteger(number)) return number;
    throw this.#corrupt(`${value} is past the safe range of a number`);
  }

  #require(count: number): void {
    if (count >= 0 && count <= this.#end - this.#position) return;
    throw this.#corrupt(
      `a field has the length ${count} where ${this.remaining} bytes are left`,
    );
  }

  #corrupt(what: string) {
    return this.#fault(`${what}, at byte ${this.#position} of its records`);
  }
}
