import type { Database, Tx } from '#postgres';
import type { MoverSteps, Position, SketchEvent } from './sketch-mover.js';

const LOCK = 'select pg_advisory_xact_lock(4711)';
const CURSOR = `
  select coalesce(max(snapshot::text), '3:3:') as last, coalesce(max(last_id), 0) as "lastId"
  from (select snapshot, last_id from trap_cursors order by number desc limit 1) as latest`;
const NOW = 'select pg_current_snapshot()::text as now';
const EVENTS =
  'select id, event_id, key, value, timestamp from postamt.outbox_events';
const DIFFERENCE = `${EVENTS}
  where not pg_visible_in_snapshot(xid, $1::pg_snapshot) and pg_visible_in_snapshot(xid, $2::pg_snapshot)`;

async function rowOf<Row>(tx: Tx, text: string): Promise<Row> {
  const { rows } = await tx.query(text);
  return rows[0] as Row;
}

async function eventsOf(
  tx: Tx,
  text: string,
  values: unknown[] = [],
): Promise<SketchEvent[]> {
  const { rows } = await tx.query(text, values);
  return rows as unknown as SketchEvent[];
}

/** The design's order of statements, and its difference of snapshots: what every trap below is one step away from. */
export const sound: MoverSteps = {
  async look(tx, beforeLock) {
    await beforeLock();
    await tx.query(LOCK);
    return rowOf<Position>(tx, `select * from (${CURSOR}) as c, (${NOW}) as n`);
  },
  read: (tx, { last, now }) =>
    eventsOf(tx, `${DIFFERENCE} order by id`, [last, now]),
  async advance(tx, { now, lastId }, events) {
    const ids = [lastId, ...events.map((event) => event.id)].map(BigInt);
    const greatest = ids.reduce((a, b) => (a > b ? a : b));
    await tx.query(
      'insert into trap_cursors (snapshot, last_id) values ($1, $2)',
      [now, greatest],
    );
  },
};

/** Trap 1: reads behind the greatest id it has moved. An id is drawn before its transaction commits. */
export const idAsCursor: MoverSteps = {
  ...sound,
  read: (tx, { lastId }) =>
    eventsOf(tx, `${EVENTS} where id > $1 order by id`, [lastId]),
};

/** Trap 2: reads only what is older than every open transaction. Sound, but anybody in the cluster stalls it. */
export const belowXmin: MoverSteps = {
  ...sound,
  read: (tx, { last, now }) =>
    eventsOf(
      tx,
      `${EVENTS}
      where xid >= pg_snapshot_xmin($1::pg_snapshot) and xid < pg_snapshot_xmin($2::pg_snapshot)
      order by id`,
      [last, now],
    ),
};

/** Trap 3: claims rows instead of the shard, a page of one at a time, and deletes what it has moved. */
export const skipLocked: MoverSteps = {
  look: async () => ({ last: '', now: '', lastId: '0' }),
  read: (tx) =>
    eventsOf(tx, `${EVENTS} order by id limit 1 for update skip locked`),
  async advance(tx, _position, events) {
    const ids = events.map((event) => event.id);
    await tx.query(
      'delete from postamt.outbox_events where id = any ($1::bigint[])',
      [ids],
    );
  },
};

/** Trap 4: takes the time at which a transaction began for its place in the order. */
export const orderByTimestamp: MoverSteps = {
  ...sound,
  read: (tx, { last, now }) =>
    eventsOf(tx, `${DIFFERENCE} order by timestamp, id`, [last, now]),
};

/** Trap 4 again: takes the transaction's id for its place. It was drawn at whatever the transaction wrote first. */
export const orderByXid: MoverSteps = {
  ...sound,
  read: (tx, { last, now }) =>
    eventsOf(tx, `${DIFFERENCE} order by xid, id`, [last, now]),
};

/** Trap 5: waits for the lock in the statement that reads the cursor, whose snapshot is older than the wait. */
export const lockAndCursorInOne: MoverSteps = {
  ...sound,
  async look(tx, beforeLock) {
    await beforeLock();
    return rowOf<Position>(
      tx,
      `with locked as materialized (${LOCK})
      select c.*, n.* from locked, (${CURSOR}) as c, (${NOW}) as n`,
    );
  },
};

/** Trap 6: takes the snapshot to go up to before it has the lock. Whoever had the lock meanwhile went further. */
export const nowBeforeLock: MoverSteps = {
  ...sound,
  async look(tx, beforeLock) {
    const { now } = await rowOf<Pick<Position, 'now'>>(tx, NOW);
    await beforeLock();
    await tx.query(LOCK);
    const cursor = await rowOf<Omit<Position, 'now'>>(tx, CURSOR);
    return { ...cursor, now };
  },
};

/** Trap 6 again: reads whatever is visible by the time it reads, and not only what was when it looked. */
export const readWithoutNow: MoverSteps = {
  ...sound,
  read: (tx, { last }) =>
    eventsOf(
      tx,
      `${EVENTS} where not pg_visible_in_snapshot(xid, $1::pg_snapshot) order by id`,
      [last],
    ),
};

/** Goes by the id that a row bears itself: of a savepoint it is the subtransaction's, which no snapshot lists as open. */
export const byXmin: MoverSteps = {
  ...sound,
  read: (tx, { last, now }) =>
    eventsOf(
      tx,
      `${EVENTS}
      where not pg_visible_in_snapshot(xmin::text::xid8, $1::pg_snapshot)
        and pg_visible_in_snapshot(xmin::text::xid8, $2::pg_snapshot)
      order by id`,
      [last, now],
    ),
};

/** Takes no lock: whoever moves at the same time moves the same. */
export const withoutLock: MoverSteps = {
  ...sound,
  look: (tx) =>
    rowOf<Position>(tx, `select * from (${CURSOR}) as c, (${NOW}) as n`),
};

/** Moves its cursor in a transaction of its own, before it appends. */
export function cursorApart(db: Database): MoverSteps {
  return {
    ...sound,
    advance: (_tx, position, events) =>
      db.transaction((tx) => sound.advance(tx, position, events)),
  };
}
