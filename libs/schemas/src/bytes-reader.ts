import type { ValueContext } from './mismatch.js';
import type { PayloadReader } from './payload-reader.js';

/**
 * Reads values of a schema that is `bytes` and nothing else: a length, then that many. By the hundred thousand a second
 * the general reader's checks cost more than all there is to check.
 */
export class BytesReader {
  readonly #general: Pick<PayloadReader, 'read'>;

  /** @param general reads what is not plainly right, and says what is wrong with it */
  constructor(general: Pick<PayloadReader, 'read'>) {
    this.#general = general;
  }

  /** The value that stands from `start` to the end of `bytes`: a view. Throws INVALID_RECORD. */
  read(bytes: Buffer, start: number, context: ValueContext): unknown {
    let doubled = 0;
    let at = start;
    for (let scale = 1; at < bytes.length && scale <= 2 ** 28; scale *= 128) {
      const byte = bytes[at] as number;
      at += 1;
      doubled += (byte & 0x7f) * scale;
      if (byte >= 0x80) continue;
      if (doubled / 2 === bytes.length - at) return bytes.subarray(at);
      break;
    }
    return this.#general.read(bytes, start, context);
  }
}
