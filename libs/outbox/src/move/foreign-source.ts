import { bind, type Tx } from '#postgres';
import { forgetForeign } from '../sql/forget-foreign.js';
import type { ReadCursor } from '../sql/read-cursors.js';
import { readForeign, type ForeignRow } from '../sql/read-foreign.js';
import { holdStatements } from './hold-statements.js';
import type { MoveLimits } from './move-limits.js';
import type { PendingEvent } from './pending-event.js';
import type { Conclusion, Outcome, RetryPolicy, Source } from './source.js';

/**
 * Rows that came here as data before they were moved, or after. The former are moved, and all of them are deleted: their
 * transaction ids mean nothing here, so that no cursor could say of them what was moved.
 */
export async function foreignSource(
  tx: Tx,
  cursors: readonly ReadCursor[],
  limits: MoveLimits,
): Promise<Source | undefined> {
  const shards = cursors.map(({ cursor }) => cursor.shard);
  const here = cursors[0]?.cursor.incarnation ?? '';
  const rows = await tx.run(readForeign, [shards, here, limits.rowsPerShard]);
  return rows.length > 0 ? new Foreign(cursors, rows) : undefined;
}

class Foreign implements Source {
  readonly name = 'foreign';
  readonly events: readonly PendingEvent[];
  readonly origin: string;
  readonly hasMore = true;
  readonly #cursors: readonly ReadCursor[];
  readonly #rows: readonly ForeignRow[];

  constructor(cursors: readonly ReadCursor[], rows: readonly ForeignRow[]) {
    this.#cursors = cursors;
    this.#rows = rows;
    this.origin = rows[0]?.origin ?? '';
    this.events = rows.filter((row) => !row.known).map((row) => row.event);
  }

  conclude(outcome: Outcome, retry: RetryPolicy): Conclusion {
    const gone = [
      ...outcome.taken,
      ...this.#rows.filter((row) => row.known).map((row) => row.event),
    ];
    const held = outcome.held.length > 0 || outcome.delayed.length > 0;
    return {
      statements: [
        ...(held ? holdStatements('outbox_events', outcome, retry) : []),
        bind(forgetForeign, [
          gone.map((event) => event.shard),
          gone.map((event) => event.id),
        ]),
      ],
      cursors: held
        ? this.#cursors.map(({ cursor }) => ({
            ...cursor,
            number: cursor.number + 1n,
          }))
        : [],
      settles: held,
      cut: this.#cursors.map(({ cursor }) => cursor.shard),
    };
  }
}
