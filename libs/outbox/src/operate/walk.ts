import type { BoundStatement, Database, Statement } from '#postgres';
import { changeShard } from './shard-turn.js';
import type { DiscardOptions } from './operate-options.js';
import type { DiscardedEvent, WaitingEvent } from './waiting-event.js';

/** What runs a statement: a transaction, or (for a look) the database. */
export interface Runner {
  run<Values extends readonly unknown[], Row>(
    statement: Statement<Values, Row>,
    values: Values,
  ): Promise<Row[]>;
}

/** How what is meant is read page by page, and what is written of a page. */
export interface Walk<Row> {
  read(runner: Runner, after: Row | undefined, most: number): Promise<Row[]>;
  /** `goesOn` = another page follows. */
  statements(rows: readonly Row[], goesOn: boolean): BoundStatement[];
  event(row: Row): WaitingEvent;
  /** The same with what is to be kept of it. */
  kept?(row: Row): DiscardedEvent;
  hasMore(rows: readonly Row[], most: number): boolean;
}

/** What was done so far, in all shards. */
export interface Tally extends DiscardOptions {
  readonly events: WaitingEvent[];
}

/** Few enough that a transaction with them is short. */
const MOST_ROWS = 1_000;

/** Goes through a shard, a transaction a page, until nothing is left of what is meant or the limit is reached. */
export async function walkShard<Row>(
  db: Database,
  shard: number,
  walk: Walk<Row>,
  tally: Tally,
): Promise<void> {
  let after: Row | undefined;
  for (;;) {
    const { limit = Infinity, events, dryRun } = tally;
    const most = Math.min(MOST_ROWS, limit - events.length);
    if (most <= 0) return;
    const rows = dryRun
      ? await walk.read(db, after, most)
      : await turn(db, shard, { walk, tally, after, most });
    for (const row of rows) events.push(walk.event(row));
    after = rows.at(-1);
    if (!after || !walk.hasMore(rows, most)) return;
  }
}

async function turn<Row>(
  db: Database,
  shard: number,
  page: { walk: Walk<Row>; tally: Tally; after: Row | undefined; most: number },
): Promise<Row[]> {
  const { walk, tally, after, most } = page;
  return changeShard(db, shard, async (tx) => {
    const rows = await walk.read(tx, after, most);
    if (rows.length === 0) return { result: rows, statements: [] };
    await tally.keep?.(rows.flatMap((row) => walk.kept?.(row) ?? []));
    const { limit = Infinity, events } = tally;
    const goesOn =
      walk.hasMore(rows, most) && events.length + rows.length < limit;
    return { result: rows, statements: walk.statements(rows, goesOn) };
  });
}
