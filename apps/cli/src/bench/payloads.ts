import { randomInt } from 'node:crypto';

const LETTERS = 26;
const FIRST_LETTER = 'A'.charCodeAt(0);
/** Made once, and used again and again: making them is not what is measured. */
const MOST_VALUES = 1_000;
const MOST_VALUE_BYTES = 16 * 1_048_576;
const MOST_KEYS = 10_000;

/** A record to be sent. */
export interface Payload {
  readonly key: Buffer | null;
  readonly value: Buffer;
}

/** Records of random capital letters, as Kafka's tool makes them, with numbers for keys. */
export class Payloads {
  readonly #keys: readonly Buffer[];
  readonly #values: readonly Buffer[];
  /** Of each key and its value. */
  readonly bytes: number;

  constructor({ size, keySize }: { size: number; keySize: number }) {
    const count = Math.floor(MOST_VALUE_BYTES / Math.max(1, size));
    this.#values = Array.from(
      { length: Math.min(MOST_VALUES, Math.max(1, count)) },
      () => letters(size),
    );
    const keys = keySize === 0 ? 0 : Math.min(MOST_KEYS, 10 ** keySize);
    this.#keys = Array.from({ length: keys }, (_, n) =>
      Buffer.from(String(n).padStart(keySize, '0')),
    );
    this.bytes = size + keySize;
  }

  /** The n-th record. */
  at(n: number): Payload {
    return {
      key: this.#keys[n % this.#keys.length] ?? null,
      value: this.#values[n % this.#values.length] as Buffer,
    };
  }
}

function letters(size: number): Buffer {
  const bytes = Buffer.allocUnsafe(size);
  for (let n = 0; n < size; n += 1)
    bytes[n] = FIRST_LETTER + randomInt(LETTERS);
  return bytes;
}
