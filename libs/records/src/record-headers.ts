import { PostamtError } from '#kernel';
import type { RecordHeader } from './log-record.js';

/** Headers as a user writes them: each name once, text in UTF-8 or bytes. */
export type HeaderValues = Readonly<Record<string, string | Buffer>>;

/** A header that has bytes: null as a value comes from other producers only. */
export type EncodedHeader = RecordHeader & { readonly value: Buffer };

/**
 * Checks and encodes the headers of one record, in their order; none where there are none. `owner` begins the message of
 * what is refused. Throws INVALID_VALUE, naming the header, for a value that is neither text nor bytes, and for malformed
 * Unicode, which UTF-8 would change.
 *
 * @example
 * recordHeaders({ 'trace-id': '7' }, 'a record for topic incidents'); // [{ key: 'trace-id', value: <Buffer 37> }]
 */
export function recordHeaders(
  headers: HeaderValues | undefined,
  owner: string,
): EncodedHeader[] {
  return Object.entries(headers ?? {}).map(
    ([key, value]: [string, unknown]) => {
      if (key.isWellFormed()) {
        if (Buffer.isBuffer(value)) return { key, value };
        if (isText(value)) return { key, value: Buffer.from(value) };
      }
      throw new PostamtError(
        'INVALID_VALUE',
        `${owner} has the header ${JSON.stringify(key)}: give a string of well-formed Unicode or a Buffer`,
      );
    },
  );
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value.isWellFormed();
}
