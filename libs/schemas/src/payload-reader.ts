import type { Type } from 'avsc';
import { PostamtError } from '#kernel';
import { subject, type ValueContext } from './mismatch.js';
import type { PayloadCheck } from './payload-check.js';
import { payloadFault } from './payload-cursor.js';

/** What avsc's `createResolver` gives. */
export type Resolver = ReturnType<Type['createResolver']>;

/** What a {@link PayloadReader} is made of. */
export interface PayloadReaderOptions {
  /** The reader's type. */
  readonly type: Type;
  /** The check of the writer's bytes. */
  readonly check: PayloadCheck | undefined;
  /** From the writer's type to the reader's, where they differ. */
  readonly resolver?: Resolver;
}

/** Decodes bytes of one writer's schema into values of one reader's. */
export class PayloadReader {
  readonly #options: PayloadReaderOptions;

  constructor(options: PayloadReaderOptions) {
    this.#options = options;
  }

  /** The value that stands from `start` to the end of `bytes`. Throws INVALID_RECORD. */
  read(bytes: Buffer, start: number, context: ValueContext): unknown {
    try {
      return this.#read(bytes, start);
    } catch (cause) {
      const reason = cause instanceof Error ? cause.message : String(cause);
      throw new PostamtError(
        'INVALID_RECORD',
        `${subject(context)} is not the Avro that its schema says: ${reason} (${bytes.length - start} bytes). ` +
          'It was damaged, or written with another schema.',
        { cause },
      );
    }
  }

  #read(bytes: Buffer, start: number): unknown {
    const { type, check, resolver } = this.#options;
    check?.(bytes, start);
    const decoded = type.decode(bytes, start, resolver);
    const left = bytes.length - decoded.offset;
    if (decoded.offset < 0) throw payloadFault('the bytes end inside a value');
    if (left > 0) throw payloadFault(`${left} bytes follow the value`);
    return decoded.value;
  }
}
