/** How far a shard has been moved. Snapshots are Postgres' own text, `xmin:xmax:xip,…`. */
export interface Cursor {
  readonly shard: number;
  /** Counts up by one with each move; 0 = the shard has never been moved. */
  readonly number: bigint;
  /** The server on which the snapshots mean something. */
  readonly incarnation: string;
  /** Everything visible in it was moved. */
  readonly snapshot: string;
  /** The greatest id drawn before the snapshot: a transaction that it does not know of has written behind it only. */
  readonly lowId: bigint;
  readonly page: Page | undefined;
  /** The delayed event that was released last, in the order of (due, id). */
  readonly released: { readonly dueAt: number; readonly id: bigint };
  /** When something delayed or parked is to be looked at, in milliseconds since 1970; it may be early. */
  readonly nextDue: number | undefined;
  /** Whether keys of the shard are parked. */
  readonly parked: boolean;
}

/** Where a large difference is moved page by page: the snapshot it goes up to, frozen, and the last id moved. */
export interface Page {
  readonly snapshot: string;
  readonly lowId: bigint;
  readonly lastId: bigint;
}

/** A snapshot in which no transaction is visible: where a shard begins that was never moved on this server. */
export const EMPTY_SNAPSHOT = '3:3:';

/** What a move is to read: what is visible in `upTo` and was not in `last`, behind `lastId`. */
export interface Window {
  readonly shard: number;
  readonly last: string;
  readonly lastLowId: bigint;
  readonly upTo: string;
  readonly upToLowId: bigint;
  readonly lastId: bigint;
}

/** The window that a cursor leaves, with a snapshot that was taken after it was read, and the ids drawn before that. */
export function windowOf(
  cursor: Cursor,
  now: { readonly snapshot: string; readonly lowId: bigint },
): Window {
  const { shard, snapshot: last, lowId: lastLowId, page } = cursor;
  const upTo = page?.snapshot ?? now.snapshot;
  const upToLowId = page?.lowId ?? now.lowId;
  const lastId = page?.lastId ?? 0n;
  return { shard, last, lastLowId, upTo, upToLowId, lastId };
}

/** The cursor after the window's events were moved up to `lastId`, all of them or (`cut`) a page. */
export function advance(
  cursor: Cursor,
  { upTo: snapshot, upToLowId: lowId }: Window,
  moved: { readonly cut: boolean; readonly lastId: bigint },
): Cursor {
  const next = { ...cursor, number: cursor.number + 1n };
  if (!moved.cut) return { ...next, snapshot, lowId, page: undefined };
  return { ...next, page: { snapshot, lowId, lastId: moved.lastId } };
}

/** Whether something of the shard waits, so that a move has to look at more than what is new. */
export function hasWaiting(cursor: Cursor): boolean {
  return cursor.parked || cursor.nextDue !== undefined;
}
