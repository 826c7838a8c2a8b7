import { PostamtError } from '#kernel';

/** Of the tenth byte, the last that 64 bits can need. */
const LARGEST_SCALE = 2 ** 62;
const ENDS_INSIDE = 'the bytes end inside a value';

/** A place in encoded Avro that never goes past the end, and never back. Throws INVALID_RECORD. */
export class PayloadCursor {
  readonly #bytes: Buffer;
  #position: number;

  constructor(bytes: Buffer, start: number) {
    this.#bytes = bytes;
    this.#position = start;
  }

  get position(): number {
    return this.#position;
  }

  get left(): number {
    return this.#bytes.length - this.#position;
  }

  skip(length: number): void {
    if (length < 0) throw payloadFault(`a length is ${length}`);
    if (length > this.left) throw payloadFault(ENDS_INSIDE);
    this.#position += length;
  }

  /** A zigzag varint (Avro 1.12, "Primitive Types": int and long); exact up to 2^53, beyond that merely large. */
  readLong(): number {
    const first = this.#readByte();
    let magnitude = (first & 0x7f) >> 1;
    let scale = 64;
    for (let byte = first; byte >= 0x80; scale *= 128) {
      if (scale > LARGEST_SCALE)
        throw payloadFault('a number takes more than ten bytes');
      byte = this.#readByte();
      magnitude += (byte & 0x7f) * scale;
    }
    return first & 1 ? -magnitude - 1 : magnitude;
  }

  /** The index of a union's branch or an enum's symbol, of which there are `count`. */
  readIndex(count: number): number {
    const index = this.readLong();
    if (index >= 0 && index < count) return index;
    throw payloadFault(`index ${index} of a union or enum of ${count}`);
  }

  /** Bytes, a string or a map's key: a length, then that many bytes. */
  readChunk(): Buffer {
    const length = this.readLong();
    const from = this.#position;
    this.skip(length);
    return this.#bytes.subarray(from, this.#position);
  }

  skipChunk(): void {
    this.skip(this.readLong());
  }

  #readByte(): number {
    const byte = this.#bytes[this.#position];
    if (byte === undefined) throw payloadFault(ENDS_INSIDE);
    this.#position++;
    return byte;
  }
}

/** What is wrong with encoded bytes; whoever decodes adds topic and schema. */
export function payloadFault(fault: string): PostamtError {
  return new PostamtError('INVALID_RECORD', fault);
}
