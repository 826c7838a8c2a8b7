/** How far a shard has been moved. Snapshots are Postgres' own text, `xmin:xmax:xip,…`. */
export interface Cursor {
  readonly shard: number;
  /** Counts up by one with each move; 0 = the shard has never been moved. */
  readonly number: bigint;
  /** The server on which the snapshots mean something. */
  readonly incarnation: string;
  /** Everything visible in it was moved. */
  readonly snapshot: string;
  /** Where a large difference is moved page by page: the snapshot it goes up to, frozen, and the last id moved. */
  readonly page:
    { readonly snapshot: string; readonly lastId: bigint } | undefined;
  /** The delayed event that was released last, in the order of (due, id). */
  readonly released: { readonly dueAt: number; readonly id: bigint };
  /** When something delayed or parked is to be looked at, in milliseconds since 1970; it may be early. */
  readonly nextDue: number | undefined;
  /** Whether keys of the shard are parked. */
  readonly parked: boolean;
}

/** A snapshot in which no transaction is visible: where a shard begins that was never moved on this server. */
export const EMPTY_SNAPSHOT = '3:3:';

/** What a move is to read: what is visible in `upTo` and was not in `last`, behind `lastId`. */
export interface Window {
  readonly shard: number;
  readonly last: string;
  readonly upTo: string;
  readonly lastId: bigint;
}

/** The window that a cursor leaves, with the snapshot that was taken together with it. */
export function windowOf(cursor: Cursor, now: string): Window {
  return {
    shard: cursor.shard,
    last: cursor.snapshot,
    upTo: cursor.page?.snapshot ?? now,
    lastId: cursor.page?.lastId ?? 0n,
  };
}

/** The cursor after the window's events were moved up to `lastId`, all of them or (`cut`) a page. */
export function advance(
  cursor: Cursor,
  window: Window,
  moved: { readonly cut: boolean; readonly lastId: bigint },
): Cursor {
  const next = { ...cursor, number: cursor.number + 1n };
  if (!moved.cut) return { ...next, snapshot: window.upTo, page: undefined };
  return { ...next, page: { snapshot: window.upTo, lastId: moved.lastId } };
}

/** Whether something of the shard waits, so that a move has to look at more than what is new. */
export function hasWaiting(cursor: Cursor): boolean {
  return cursor.parked || cursor.nextDue !== undefined;
}
