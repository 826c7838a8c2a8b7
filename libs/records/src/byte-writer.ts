/**
 * Bytes in a buffer that doubles when it is full. The write methods do not look for room: {@link reserve} it first, once
 * for a record. Varints are zig-zag, as {@link ByteCursor} reads them.
 */
export class ByteWriter {
  #bytes: Buffer;
  #length = 0;

  constructor(capacity: number) {
    this.#bytes = Buffer.allocUnsafe(capacity);
  }

  /** Bytes written so far. */
  get length(): number {
    return this.#length;
  }

  /** A view of what was written, good until the next {@link reserve}. */
  get written(): Buffer {
    return this.#bytes.subarray(0, this.#length);
  }

  /** Makes room for `count` more bytes. */
  reserve(count: number): void {
    const needed = this.#length + count;
    if (needed <= this.#bytes.length) return;
    const grown = Buffer.allocUnsafe(Math.max(needed, this.#bytes.length * 2));
    this.#bytes.copy(grown, 0, 0, this.#length);
    this.#bytes = grown;
  }

  writeByte(byte: number): void {
    this.#bytes[this.#length] = byte;
    this.#length += 1;
  }

  writeVarint(value: number): void {
    let raw = ((value << 1) ^ (value >> 31)) >>> 0;
    while (raw >= 0x80) {
      this.writeByte((raw & 0x7f) | 0x80);
      raw >>>= 7;
    }
    this.writeByte(raw);
  }

  /** `value` must be a safe integer. */
  writeVarlong(value: number): void {
    if ((value | 0) === value) this.writeVarint(value);
    else this.#writeWideVarlong(BigInt(value));
  }

  /** A varint length, -1 for null, and the bytes. */
  writeNullableBytes(bytes: Buffer | null): void {
    if (bytes === null) {
      this.writeVarint(-1);
      return;
    }
    this.writeVarint(bytes.length);
    this.#bytes.set(bytes, this.#length);
    this.#length += bytes.length;
  }

  /** A varint length and the text as UTF-8. */
  writeString(text: string): void {
    const length = Buffer.byteLength(text);
    this.writeVarint(length);
    this.#bytes.write(text, this.#length, length, 'utf8');
    this.#length += length;
  }

  #writeWideVarlong(value: bigint): void {
    let raw = (value << 1n) ^ (value >> 63n);
    while (raw >= 0x80n) {
      this.writeByte(Number(raw & 0x7fn) | 0x80);
      raw >>= 7n;
    }
    this.writeByte(Number(raw));
  }
}
