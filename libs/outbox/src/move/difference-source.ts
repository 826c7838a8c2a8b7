import type { Tx } from '#postgres';
import type { ReadCursor } from '../sql/read-cursors.js';
import { readDifference, type DifferenceRow } from '../sql/read-difference.js';
import { advance, hasWaiting, windowOf, type Window } from './cursor.js';
import { explicitSnapshot } from './explicit-snapshot.js';
import { holdStatements } from './hold-statements.js';
import type { MoveLimits } from './move-limits.js';
import type { PendingEvent } from './pending-event.js';
import type { Conclusion, Outcome, RetryPolicy, Source } from './source.js';

/** A shard in which there may be something, and what is read of it. */
interface Span {
  readonly cursor: ReadCursor;
  readonly window: Window;
}

/**
 * What is visible now and was not before, up to an id that is the same for all shards: they are written side by side,
 * and so they are read. `lowId` is the greatest id that had been drawn before the cursors' snapshot.
 */
export async function differenceSource(
  tx: Tx,
  cursors: readonly ReadCursor[],
  limits: MoveLimits,
  lowId: bigint,
): Promise<Source | undefined> {
  const spans = cursors.flatMap((cursor): Span[] => {
    const { highXid } = cursor;
    if (highXid === undefined) return [];
    const now = nowOf(cursor, highXid, lowId);
    return [{ cursor, window: windowOf(cursor.cursor, now) }];
  });
  if (spans.length === 0) return undefined;
  const toId = lastIdToRead(spans, limits);
  const windows = spans.map(({ window }) => window);
  const rows = await tx.run(readDifference, [
    windows.map((window) => window.shard),
    windows.map((window) => window.last),
    windows.map((window) => window.lastLowId),
    windows.map((window) => window.upTo),
    windows.map((window) => window.lastId),
    toId,
    spans[0]?.cursor.cursor.incarnation ?? '',
    limits.rowsPerShard,
    limits.bytesPerShard,
  ]);
  return new Difference(spans, toId, rows, limits);
}

/**
 * What a difference goes up to. Where the snapshot cannot name all that was open then, such a transaction may have drawn
 * ids up to `lowId`, but none up to the cursor's: it began after the move that wrote that one.
 */
function nowOf({ cursor, now }: ReadCursor, highXid: bigint, lowId: bigint) {
  const snapshot = explicitSnapshot(now, highXid);
  return snapshot === undefined
    ? { snapshot: now, lowId: cursor.lowId }
    : { snapshot, lowId };
}

/** Where a page ends: so many ids behind the first that may be of a difference, or at the last id that there is. */
function lastIdToRead(
  spans: readonly Span[],
  { idsPerPage }: MoveLimits,
): bigint {
  const greatest = spans[0]?.cursor.greatestId ?? 0n;
  if (idsPerPage === undefined) return greatest;
  let first = greatest;
  for (const { cursor } of spans) {
    if (cursor.firstId !== undefined && cursor.firstId < first)
      first = cursor.firstId;
  }
  const end = first + BigInt(idsPerPage);
  return end < greatest ? end : greatest;
}

class Difference implements Source {
  readonly name = 'difference';
  readonly events: readonly PendingEvent[];
  readonly hasMore: boolean;
  readonly #spans: readonly Span[];
  readonly #toId: bigint;
  /** Shards of which more may lie before the end of the page. */
  readonly #full: ReadonlySet<number>;

  constructor(
    spans: readonly Span[],
    toId: bigint,
    rows: readonly DifferenceRow[],
    limits: MoveLimits,
  ) {
    this.#spans = spans;
    this.#toId = toId;
    this.#full = fullShards(rows, limits);
    this.hasMore =
      this.#full.size > 0 ||
      spans.some((span) => this.#isFrozen(span) || !this.#reachesEnd(span));
    this.events = rows
      .map((row) => row.event)
      .sort((a, b) => Number(a.id - b.id));
  }

  conclude(outcome: Outcome, retry: RetryPolicy): Conclusion {
    const next = this.#next(outcome.taken);
    const held = outcome.held.length > 0 || outcome.delayed.length > 0;
    return {
      statements: held ? holdStatements('outbox_events', outcome, retry) : [],
      cursors: next,
      settles: held || next.some(hasWaiting),
      cut: this.#left(outcome.taken),
    };
  }

  /** The cursors behind what was taken: those of shards in which there was something, or that ended a page. */
  #next(taken: readonly PendingEvent[]) {
    const last = new Map<number, bigint>();
    for (const { shard, id } of taken) last.set(shard, id);
    const left = this.#notTaken(taken);
    return this.#spans.flatMap((span) => {
      const { window } = span;
      const { cursor } = span.cursor;
      const { shard } = cursor;
      const lastId = last.get(shard);
      const cut = left.has(shard) || this.#full.has(shard);
      if (cut)
        return lastId === undefined
          ? []
          : [advance(cursor, window, { cut, lastId })];
      if (lastId === undefined && !cursor.page) return [];
      const isDone = this.#reachesEnd(span);
      // Another shard may have more to catch up with than this one.
      const end = this.#toId > window.lastId ? this.#toId : window.lastId;
      return [advance(cursor, window, { cut: !isDone, lastId: end })];
    });
  }

  #notTaken(taken: readonly PendingEvent[]): ReadonlySet<number> {
    return new Set(this.events.slice(taken.length).map((event) => event.shard));
  }

  /** Shards that are to be looked at again: more may lie in this difference, or in the one behind it. */
  #left(taken: readonly PendingEvent[]): number[] {
    const left = this.#notTaken(taken);
    return this.#spans
      .filter((span) => {
        const { shard } = span.window;
        const isCut = left.has(shard) || this.#full.has(shard);
        return isCut || this.#isFrozen(span) || !this.#reachesEnd(span);
      })
      .map(({ window }) => window.shard);
  }

  #reachesEnd({ cursor }: Span): boolean {
    return this.#toId >= cursor.greatestId;
  }

  /** Whether the difference ends where it did at its first page: what was committed since has not been looked for. */
  #isFrozen({ cursor }: Span): boolean {
    return cursor.cursor.page !== undefined;
  }
}

function fullShards(
  rows: readonly DifferenceRow[],
  { rowsPerShard }: MoveLimits,
): ReadonlySet<number> {
  const counts = new Map<number, number>();
  const full = new Set<number>();
  for (const { event, full: isFull } of rows) {
    const count = (counts.get(event.shard) ?? 0) + 1;
    counts.set(event.shard, count);
    if (isFull || count >= rowsPerShard) full.add(event.shard);
  }
  return full;
}
