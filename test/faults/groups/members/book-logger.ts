import type { Logger } from '#kernel';
import { errorCodeOf } from '#postgres';
import type { MemberBook } from '../member-book.js';

/** Writes what the engine warns of into a member's book, beside what it handles. */
export function bookLogger(book: MemberBook): Logger {
  const note = (fields: object, message: string) => {
    const { err } = fields as { err?: unknown };
    const why =
      err instanceof Error ? ` (${errorCodeOf(err)}: ${err.message})` : '';
    book.note(`${message}${why}`);
  };
  return { debug: () => {}, info: () => {}, warn: note, error: note };
}
