import type { Tx } from '#postgres';
import type { ReadCursor } from '../sql/read-cursors.js';
import { readDelayed, type DelayedRow } from '../sql/read-delayed.js';
import type { Cursor } from './cursor.js';
import { holdStatements } from './hold-statements.js';
import type { MoveLimits } from './move-limits.js';
import type { PendingEvent } from './pending-event.js';
import type { Conclusion, Outcome, RetryPolicy, Source } from './source.js';

/** Delayed events whose time has come. There may be none: what is next is then looked up anew. */
export async function delayedSource(
  tx: Tx,
  cursors: readonly ReadCursor[],
  limits: MoveLimits,
): Promise<Source> {
  const rows = await tx.run(readDelayed, [
    cursors.map(({ cursor }) => cursor.shard),
    cursors.map(({ cursor }) => cursor.released.dueAt),
    cursors.map(({ cursor }) => cursor.released.id),
    cursors.map(({ nowMs }) => nowMs),
    limits.rowsPerShard,
    limits.bytesPerShard,
  ]);
  return new Delayed(cursors, rows);
}

class Delayed implements Source {
  readonly name = 'delayed';
  readonly events: readonly PendingEvent[];
  readonly hasMore: boolean;
  readonly #cursors: readonly ReadCursor[];
  readonly #rows: readonly DelayedRow[];

  constructor(cursors: readonly ReadCursor[], rows: readonly DelayedRow[]) {
    this.events = rows.map((row) => row.event);
    this.#cursors = cursors;
    this.#rows = rows;
    this.hasMore = rows.some((row) => row.cut);
  }

  conclude(outcome: Outcome, retry: RetryPolicy): Conclusion {
    const { taken, held } = outcome;
    const left = new Set(
      [
        ...this.#rows.slice(taken.length),
        ...this.#rows.filter((row) => row.cut),
      ].map(({ event }) => event.shard),
    );
    return {
      statements:
        held.length > 0 ? holdStatements('outbox_delayed', outcome, retry) : [],
      cursors: this.#cursors.map(({ cursor }) => ({
        ...cursor,
        number: cursor.number + 1n,
        released: this.#released(cursor, taken.length),
      })),
      settles: true,
      cut: [...left],
    };
  }

  /** Up to the last one that was: the clock may be put back, and what is due before now then has to be found. */
  #released(cursor: Cursor, taken: number): Cursor['released'] {
    const last = this.#rows
      .slice(0, taken)
      .findLast(({ event }) => event.shard === cursor.shard);
    return last ? { dueAt: last.dueAt, id: last.event.id } : cursor.released;
  }
}
