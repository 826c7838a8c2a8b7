import { PostamtError } from '#kernel';
import { subject, type ValueContext } from './mismatch.js';
import { showValue } from './show-value.js';

/** What keys can be: text in UTF-8, or bytes as they are. A key bears no schema id: its bytes choose the partition. */
export const KEY_KINDS = ['string', 'bytes'] as const;

/** One of {@link KEY_KINDS}. */
export type KeyKind = (typeof KEY_KINDS)[number];

/** The type of a key of one kind. */
export type KeyOf<Kind extends KeyKind> = Kind extends 'string'
  ? string
  : Buffer;

/**
 * Encodes and decodes the keys of a topic. A null key (no order, any partition) stays null.
 *
 * @example
 * new KeyCodec<string>('string').encode('incident-7'); // <Buffer 69 6e …>
 */
export class KeyCodec<Key = unknown> {
  readonly kind: KeyKind;

  constructor(kind: KeyKind) {
    this.kind = kind;
  }

  /** Throws INVALID_VALUE, naming topic and key, for a key of another kind or of malformed Unicode. */
  encode(key: Key | null, context: ValueContext = {}): Buffer | null {
    const given: unknown = key;
    if (given === null) return null;
    if (this.kind === 'bytes' && Buffer.isBuffer(given)) return given;
    if (this.kind === 'string' && isText(given)) return Buffer.from(given);
    throw new PostamtError(
      'INVALID_VALUE',
      `${subject(context)} has the key ${showValue(given)}, expected ${EXPECTED[this.kind]} or null.`,
    );
  }

  decode(bytes: Buffer | null): Key | null {
    if (bytes === null) return null;
    return (this.kind === 'string' ? bytes.toString() : bytes) as Key;
  }
}

const EXPECTED = {
  string: 'a string of well-formed Unicode',
  bytes: 'a Buffer',
};

function isText(value: unknown): value is string {
  return typeof value === 'string' && value.isWellFormed();
}
