import {
  afterAll,
  afterEach,
  beforeAll,
  beforeEach,
  describe,
  expect,
  it,
} from '@jest/globals';
import { Client } from 'pg';
import type { Database } from '#postgres';
import { defineTopic } from '#schemas';
import { useDatabase, waitFor } from '#testing';
import { Outbox } from '../publish/outbox.js';
import { Relay } from '../relay/relay.js';
import { measureBacklog } from '../sql/measure-backlog.js';
import { planByIndexes } from '../sql/plan-by-indexes.js';
import { readBacklog } from './read-backlog.js';

const database = useDatabase({ beforeAll, afterEach, afterAll });
const letters = defineTopic('letters', { value: 'string' });
const NOTHING = {
  pending: 0,
  oldestPendingMs: null,
  delayed: 0,
  parkedKeys: 0,
  failedKeys: 0,
  parked: 0,
};

async function publish(db: Database, count: number, key?: string) {
  const outbox = await Outbox.open(db, [letters]);
  const events = Array.from({ length: count }, (_, n) => ({
    key: key ?? `k${n}`,
    value: 'x',
  }));
  return db.transaction((tx) => outbox.publish(tx, letters, events));
}

async function drain(db: Database): Promise<void> {
  const relay = new Relay(db);
  relay.start();
  await waitFor('nothing to be pending', async () => {
    const { pending } = await readBacklog(db);
    return pending === 0;
  });
  await relay.stop();
}

/** What relays write when they move up to where everything is, but for pages. */
async function insertCursors(
  db: Database,
  columns: string,
  values: string,
): Promise<void> {
  await db.query(
    `insert into postamt.outbox_cursors (shard, number, incarnation, snapshot${columns})
    select shard, 1000 + (select count(*) from postamt.outbox_cursors), postamt.incarnation(), pg_current_snapshot()${values}
    from generate_series(0, 63) as shard`,
  );
}

beforeEach(async () => {
  const db = database.open();
  await db.query(
    'truncate postamt.outbox_events, postamt.outbox_cursors, postamt.outbox_delayed, postamt.outbox_parked, postamt.outbox_parked_keys',
  );
  await db.close();
});

describe('readBacklog', () => {
  it('counts what is committed and not moved, and says how long the oldest waits', async () => {
    const db = database.open();
    expect(await readBacklog(db)).toEqual(NOTHING);
    await publish(db, 200);
    await db.query(
      "update postamt.outbox_events set written_at = now() - interval '1 minute'",
    );
    const { oldestPendingMs, ...counts } = await readBacklog(db);
    expect(counts).toMatchObject({ pending: 200, delayed: 0 });
    expect(oldestPendingMs).toBeGreaterThanOrEqual(60_000);
    await drain(db);
    expect(await readBacklog(db)).toEqual(NOTHING);
    await publish(db, 3);
    expect(await readBacklog(db)).toMatchObject({ pending: 3 });
  });

  it('counts a transaction that was open when its shard was moved once it commits', async () => {
    const db = database.open();
    const outbox = await Outbox.open(db, [letters]);
    const late = new Client(database.connectionString);
    await late.connect();
    await late.query('begin');
    await outbox.publish(late, letters, { key: 'k', value: 'late' });
    await publish(db, 5, 'k');
    await drain(db);
    expect(await readBacklog(db)).toEqual(NOTHING);
    await late.query('commit');
    await late.end();
    expect(await readBacklog(db)).toMatchObject({ pending: 1 });
  });

  it('counts of a shard that is moved page by page what stands behind the page', async () => {
    const db = database.open();
    await insertCursors(db, '', '');
    await publish(db, 100);
    await insertCursors(
      db,
      ', page_snapshot, page_last_id',
      `, pg_current_snapshot(), (select id from postamt.outbox_events order by id offset 39 limit 1)`,
    );
    await db.query(`
      update postamt.outbox_cursors set snapshot = before.snapshot
      from (select min(number) as number from postamt.outbox_cursors) as first
      join postamt.outbox_cursors as before on before.number = first.number and before.shard = 0
      where outbox_cursors.page_snapshot is not null`);
    expect(await readBacklog(db)).toMatchObject({
      pending: 60,
      oldestPendingMs: expect.any(Number),
    });
    await publish(db, 5);
    expect(await readBacklog(db)).toMatchObject({ pending: 65 });
  });

  it('counts what is delayed and was not released, and keys that are parked or failed with their events', async () => {
    const db = database.open();
    await insertCursors(db, ', due_at, due_id', ', 1000, 5');
    await db.query(`
      insert into postamt.outbox_delayed (shard, due_at, id, event_id, topic_number, timestamp, written_at)
      select shard, due_at, id, gen_random_uuid(), 1, 0, now()
      from (values (0, 999, 9), (0, 1000, 5), (0, 1000, 6), (1, 1001, 1), (63, 5000, 2)) as given(shard, due_at, id)`);
    await db.query(`
      insert into postamt.outbox_parked_keys (topic_number, lane, shard, attempts, next_attempt_at, code, reason)
      values (1, 'a', 0, 1, 5, 'X', 'x'), (1, 'b', 0, 9, null, 'X', 'x'), (1, 'c', 0, 9, null, 'X', 'x')`);
    await db.query(`
      insert into postamt.outbox_parked (topic_number, lane, id, shard, event_id, timestamp, written_at)
      select 1, lane, 1, 0, gen_random_uuid(), 0, now()
      from (values ('a'::bytea), ('a'), ('b'), ('c')) as given(lane)`);
    expect(await readBacklog(db)).toEqual({
      ...NOTHING,
      delayed: 3,
      parkedKeys: 3,
      failedKeys: 2,
      parked: 4,
    });
  });
});

describe('measuring for publish', () => {
  it.each([
    ['without statistics', 'select 1'],
    ['with statistics', 'analyze postamt.outbox_events'],
  ])(
    'stops counting at the limit, and reads nothing of what was moved, %s',
    async (_, prepare) => {
      const db = database.open();
      await publish(db, 3_000);
      await drain(db);
      await publish(db, 300);
      await db.query(prepare);
      await db.transaction(async (tx) => {
        await tx.run(planByIndexes, []);
        const [measured] = await tx.run(measureBacklog, [101]);
        expect(measured?.pending).toBe(101);
        const { rows } = await tx.query(
          `explain (analyze) ${measureBacklog.text('postamt').replace('$1', '101')}`,
        );
        const plan = rows.map((row) => String(row['QUERY PLAN']));
        const filtered = plan.flatMap(
          (line) => /Rows Removed by Filter: (\d+)/.exec(line)?.slice(1) ?? [],
        );
        expect(
          plan.filter((line) => line.includes('Seq Scan on outbox')),
        ).toEqual([]);
        expect(filtered.map(Number).filter((count) => count > 10)).toEqual([]);
      });
    },
  );
});

describe('a limit of the backlog', () => {
  it('makes publish fail before any SQL of its own, with the numbers, until relays have caught up', async () => {
    const db = database.open();
    await publish(db, 20);
    const outbox = await Outbox.open(db, [letters], {
      backlog: { maxEvents: 10 },
    });
    const sent: string[] = [];
    const executor = {
      query: async (text: string) => {
        sent.push(text);
        return { rows: [] };
      },
    };
    const one = () => outbox.publish(executor, letters, { value: 'x' });
    await expect(one()).rejects.toMatchObject({
      code: 'BACKLOG_FULL',
      retriable: true,
      message: expect.stringMatching(/11 events.*10/),
    });
    expect(sent).toEqual([]);
    await drain(db);
    await waitFor('the outbox to take events again', () =>
      one().then(
        () => true,
        () => false,
      ),
    );
    expect(sent).toHaveLength(1);
  });

  it('goes by the age of the oldest event that is pending', async () => {
    const db = database.open();
    await publish(db, 2);
    await db.query(
      "update postamt.outbox_events set written_at = now() - interval '1 hour' where key = 'k1'",
    );
    const backlog = { maxAgeMs: 60_000 };
    const outbox = await Outbox.open(db, [letters], { backlog });
    const publishing = db.transaction((tx) =>
      outbox.publish(tx, letters, { value: 'x' }),
    );
    await expect(publishing).rejects.toMatchObject({
      code: 'BACKLOG_FULL',
      message: expect.stringMatching(/36\d{5} ms.*60000/),
    });
  });

  it('is measured once, however many publish, each in a transaction that holds a connection of ours', async () => {
    const db = database.open({ maxConnections: 4 });
    const outbox = await Outbox.open(db, [letters], {
      backlog: { maxEvents: 100 },
    });
    await Promise.all(
      Array.from({ length: 12 }, () =>
        db.transaction((tx) => outbox.publish(tx, letters, { value: 'x' })),
      ),
    );
    expect(await readBacklog(db)).toMatchObject({ pending: 12 });
  });

  it('lets events in when it cannot be measured, and says so nowhere but in the log', async () => {
    const logged: string[] = [];
    const note = (_: object, message: string) => void logged.push(message);
    const logger = { debug: note, info: note, warn: note, error: note };
    const db = database.open({ logger });
    const outbox = await Outbox.open(db, [letters], {
      backlog: { maxEvents: 0 },
    });
    const [client] = [new Client(database.connectionString)];
    await client.connect();
    await client.query('begin');
    await db.query('alter table postamt.outbox_cursors rename to away');
    await db.query(
      'alter table postamt.outbox_events rename column written_at to away',
    );
    const published = await outbox.publish(client, letters, { value: 'x' });
    expect(published).toHaveLength(1);
    await client.query('rollback');
    await client.end();
    await db.query('alter table postamt.away rename to outbox_cursors');
    await db.query(
      'alter table postamt.outbox_events rename column away to written_at',
    );
    expect(logged).toContain('the backlog was not measured');
  });

  it.each([[{ maxEvents: -1 }], [{ maxAgeMs: 0.5 }]])(
    'is refused when it is %j',
    async (backlog) => {
      const opening = Outbox.open(database.open(), [letters], { backlog });
      await expect(opening).rejects.toMatchObject({ code: 'INVALID_CONFIG' });
    },
  );
});
