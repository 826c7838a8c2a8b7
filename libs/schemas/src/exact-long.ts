import avro, { type Type } from 'avsc';

const LONGEST_VARINT = 10;

/**
 * avsc's place for a long of one's own (`LongType.__with`), filled with one that is exact in all of JavaScript's safe
 * integers and refuses the others. avsc's own shifts the sign in by doubling the number: below -2^52 that is rounded, and
 * -9007199254740990 came back as 9007199254740990.
 */
export class ExactLong {
  /** `#views[n]` are the first n bytes of one buffer: avsc copies what it is given at once. */
  readonly #views: readonly Buffer[];

  constructor() {
    const bytes = Buffer.alloc(LONGEST_VARINT);
    this.#views = Array.from({ length: LONGEST_VARINT + 1 }, (_, length) =>
      bytes.subarray(0, length),
    );
  }

  /** The type, for avsc's registry of one schema. */
  toType(): Type {
    const methods = {
      toBuffer: (value: number) => this.#encode(value),
      fromBuffer: decodeVarint,
      fromJSON: (value: unknown) => value,
      toJSON: (value: unknown) => value,
      isValid: (value: unknown) => Number.isSafeInteger(value),
      compare: (one: number, other: number) => Math.sign(one - other),
    };
    // true: as a varint, not unpacked into eight bytes.
    return avro.types.LongType.__with(methods, true);
  }

  /** Zigzag (Avro 1.12, "Primitive Types"): the lowest bit is the sign, the others are n, or -n - 1 below 0. */
  #encode(value: number): Buffer {
    const bytes = this.#views[LONGEST_VARINT] as Buffer;
    const magnitude = value < 0 ? -value - 1 : value;
    let byte = (magnitude % 64) * 2 + (value < 0 ? 1 : 0);
    let rest = Math.floor(magnitude / 64);
    let length = 0;
    while (rest > 0) {
      bytes[length++] = byte | 0x80;
      byte = rest % 128;
      rest = Math.floor(rest / 128);
    }
    bytes[length++] = byte;
    return this.#views[length] as Buffer;
  }
}

/** The number of a varint that fills `bytes`. */
function decodeVarint(bytes: Buffer): number {
  const first = bytes[0] ?? 0;
  let magnitude = (first & 0x7f) >> 1;
  let scale = 64;
  for (let index = 1; index < bytes.length; index++) {
    magnitude += ((bytes[index] ?? 0) & 0x7f) * scale;
    scale *= 128;
  }
  const value = first & 1 ? -magnitude - 1 : magnitude;
  if (Number.isSafeInteger(value)) return value;
  throw new RangeError('a long is not within ±(2^53 - 1)');
}
