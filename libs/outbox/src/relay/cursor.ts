/** How far a shard has been moved. Snapshots are Postgres' own text, `xmin:xmax:xip,…`. */
export interface Cursor {
  readonly shard: number;
  /** Counts up by one with each move; 0 = the shard has never been moved. */
  readonly number: bigint;
  /** The server on which the snapshots mean something. */
  readonly incarnation: string;
  /** Everything visible in it is published. */
  readonly snapshot: string;
  /** Where a large difference is moved page by page: the snapshot it goes up to, frozen, and the last id moved. */
  readonly page:
    { readonly snapshot: string; readonly lastId: bigint } | undefined;
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
  const { shard, incarnation } = cursor;
  const number = cursor.number + 1n;
  if (!moved.cut)
    return {
      shard,
      number,
      incarnation,
      snapshot: window.upTo,
      page: undefined,
    };
  const page = { snapshot: window.upTo, lastId: moved.lastId };
  return { shard, number, incarnation, snapshot: cursor.snapshot, page };
}
