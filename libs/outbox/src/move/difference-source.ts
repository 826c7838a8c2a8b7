import type { Tx } from '#postgres';
import type { ReadCursor } from '../sql/read-cursors.js';
import { readDifference } from '../sql/read-difference.js';
import { advance, hasWaiting, windowOf, type Window } from './cursor.js';
import { holdStatements } from './hold-statements.js';
import type { MoveLimits } from './move-limits.js';
import type { PendingEvent } from './pending-event.js';
import type { Conclusion, Outcome, RetryPolicy, Source } from './source.js';

/** What is visible now and was not before. */
export async function differenceSource(
  tx: Tx,
  cursors: readonly ReadCursor[],
  limits: MoveLimits,
): Promise<Source> {
  const windows = cursors.map(({ cursor, now }) => windowOf(cursor, now));
  const rows = await tx.run(readDifference, [
    windows.map((window) => window.shard),
    windows.map((window) => window.last),
    windows.map((window) => window.upTo),
    windows.map((window) => window.lastId),
    cursors[0]?.cursor.incarnation ?? '',
    limits.rowsPerShard,
    limits.bytesPerShard,
  ]);
  const cut = new Set(
    rows.filter((row) => row.cut).map(({ event }) => event.shard),
  );
  const events = rows.map((row) => row.event);
  return new Difference(cursors, windows, events, cut);
}

class Difference implements Source {
  readonly name = 'difference';
  readonly events: readonly PendingEvent[];
  readonly hasMore: boolean;
  readonly #cursors: readonly ReadCursor[];
  readonly #windows: readonly Window[];
  readonly #cut: ReadonlySet<number>;

  constructor(
    cursors: readonly ReadCursor[],
    windows: readonly Window[],
    events: readonly PendingEvent[],
    cut: ReadonlySet<number>,
  ) {
    this.events = events;
    this.#cursors = cursors;
    this.#windows = windows;
    this.#cut = cut;
    this.hasMore = cut.size > 0;
  }

  conclude(outcome: Outcome, retry: RetryPolicy): Conclusion {
    const next = this.#next(outcome.taken);
    const held = outcome.held.length > 0 || outcome.delayed.length > 0;
    return {
      statements: held ? holdStatements('outbox_events', outcome, retry) : [],
      cursors: next,
      settles: held || next.some(hasWaiting),
      cut: next.filter((cursor) => cursor.page).map((cursor) => cursor.shard),
    };
  }

  /** The cursors behind what was taken: those of shards in which there was something, or that ended a page. */
  #next(taken: readonly PendingEvent[]) {
    const last = new Map<number, bigint>();
    for (const { shard, id } of taken) last.set(shard, id);
    const left = new Set(
      this.events.slice(taken.length).map((event) => event.shard),
    );
    return this.#windows.flatMap((window, at) => {
      const { cursor } = this.#cursors[at] as ReadCursor;
      const { shard } = cursor;
      const lastId = last.get(shard);
      const cut = left.has(shard) || this.#cut.has(shard);
      if (lastId !== undefined)
        return [advance(cursor, window, { cut, lastId })];
      if (left.has(shard) || !cursor.page) return [];
      return [advance(cursor, window, { cut: false, lastId: 0n })];
    });
  }
}
