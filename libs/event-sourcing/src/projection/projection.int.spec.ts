import {
  afterAll,
  afterEach,
  beforeAll,
  describe,
  expect,
  it,
} from '@jest/globals';
import { Client } from 'pg';
import { sql, type Generated, type Transaction } from 'kysely';
import type { RecordContext } from '#client';
import { Outbox, Relay } from '#outbox';
import type { Database } from '#postgres';
import { defineTopic } from '#schemas';
import { useDatabase, waitFor } from '#testing';
import { projection } from './projection.js';
import { rebuild } from './rebuild.js';

const database = useDatabase({ beforeAll, afterEach, afterAll });

interface Tables {
  totals: { name: string; total: Generated<number> };
}

const amounts = defineTopic('amounts', {
  partitions: 3,
  value: {
    type: 'record',
    name: 'Amount',
    fields: [{ name: 'amount', type: 'int' }],
  },
});

/** Sums amounts by key; a `factor` stands for another version of the code. */
function totalsOf(factor: number) {
  return projection({
    name: 'totals',
    topic: amounts,
    create: (tx: Transaction<Tables>, table) =>
      tx.schema
        .createTable(table)
        .addColumn('name', 'text', (column) => column.primaryKey())
        .addColumn('total', 'integer', (column) => column.notNull())
        .execute(),
    apply: async (value, record: RecordContext<Tables, string>, table) => {
      const total = (value?.amount ?? 0) * factor;
      await record.tx
        .insertInto(table)
        .values({ name: record.key ?? '', total })
        .onConflict((conflict) =>
          conflict.column('name').doUpdateSet({
            total: sql`${sql.ref(`${table}.total`)} + excluded.total`,
          }),
        )
        .execute();
    },
  });
}

async function publish(
  db: Database,
  outbox: Outbox,
  count: number,
): Promise<void> {
  await db.transaction(async (tx) => {
    const events = Array.from({ length: count }, (_, n) => ({
      key: `k${n % 10}`,
      value: { amount: 1 },
    }));
    await outbox.publish(tx, amounts, events);
  });
}

async function totalOf(db: Database, table: string): Promise<number> {
  const { rows } = await db.query(
    `select coalesce(sum(total), 0)::int as total from ${table}`,
  );
  return rows[0]?.total as number;
}

describe('projection and rebuild', () => {
  it('fills a version, rebuilds beside it while events flow, switches, and the listeners follow', async () => {
    const db = database.open();
    const outbox = await Outbox.open(db, [amounts]);
    const relay = new Relay(db);
    relay.start();
    const running = await totalsOf(1).start(db, { concurrency: 2 });
    await publish(db, outbox, 500);
    await waitFor(
      'the first version',
      async () => (await totalOf(db, 'totals')) === 500,
    );

    const flowing = (async () => {
      for (let n = 0; n < 30; n += 1) await publish(db, outbox, 20);
    })();
    const rebuilt = await rebuild(db, totalsOf(10), { concurrency: 2 });
    expect(rebuilt.version).toBe(2);
    expect(await totalOf(db, 'totals')).toBeGreaterThanOrEqual(5_000);
    await flowing;
    await waitFor('the listeners to follow', () => running.version === 2);
    await running.stop();

    // The runner had the code of version 1; what it added to version 2 counts once, each record in one version only.
    const next = await totalsOf(10).start(db);
    expect(next.version).toBe(2);
    await next.stop();
    await relay.stop();
    const { rows } = await db.query(
      'select version, state from postamt.projections order by version',
    );
    expect(rows).toEqual([
      { version: 1, state: 'retired' },
      { version: 2, state: 'active' },
    ]);
  });

  it('starts each rebuild from the beginning, also after one that was given up', async () => {
    const db = database.open();
    await Outbox.open(db, [amounts]);
    const broken = projection({
      ...totalsOf(1).options,
      apply: () => Promise.reject(new Error('broken code')),
    });
    const before = await totalOf(db, 'totals');
    const giveUp = AbortSignal.timeout(300);
    await expect(rebuild(db, broken, { signal: giveUp })).rejects.toThrow(
      'timeout',
    );
    expect(await totalOf(db, 'totals')).toBe(before);

    const { version } = await rebuild(db, totalsOf(1));
    expect(version).toBe(4);
    expect(await totalOf(db, 'totals')).toBe(1_100);
    const { rows } = await db.query(
      "select count(*)::int as tables from pg_tables where tablename = 'totals_v3'",
    );
    expect(rows).toEqual([{ tables: 0 }]);
  });

  it('lets one of two rebuilds at once win, and tells the other', async () => {
    const db = database.open();
    const outcomes = await Promise.allSettled([
      rebuild(db, totalsOf(1)),
      rebuild(db, totalsOf(1)),
    ]);
    const failed = outcomes.filter((outcome) => outcome.status === 'rejected');
    for (const { reason } of failed)
      expect(reason).toMatchObject({ code: 'PROJECTION_CONFLICT' });
    expect(failed.length).toBeLessThan(2);
    expect(await totalOf(db, 'totals')).toBe(1_100);
  });

  it('switches to a version with other columns', async () => {
    const db = database.open();
    const renamed = projection({
      ...totalsOf(1).options,
      create: (tx: Transaction<Tables>, table) =>
        sql`create table ${sql.table(table)} (name text primary key, total int not null, note text)`.execute(
          tx,
        ),
    });
    await rebuild(db, renamed);
    await rebuild(db, totalsOf(1));
    const { rows } = await db.query('select * from totals limit 0');
    expect(rows).toEqual([]);
    expect(await totalOf(db, 'totals')).toBe(1_100);
  });

  it('waits for a reader of the view that does not end, and keeps what was built', async () => {
    const db = database.open();
    const reader = new Client(database.connectionString);
    await reader.connect();
    await reader.query('begin');
    await reader.query('select * from totals');
    const rebuilding = rebuild(db, totalsOf(1));
    await waitFor('the switch to be tried in vain', async () => {
      const { rows } = await db.query(
        "select 1 from pg_locks where relation = 'totals'::regclass and not granted",
      );
      return rows.length > 0;
    });
    await waitFor('the switch to give way', async () => {
      const { rows } = await db.query(
        "select 1 from pg_locks where relation = 'totals'::regclass and not granted",
      );
      return rows.length === 0;
    });
    await reader.query('commit');
    await reader.end();
    const { records } = await rebuilding;
    expect(records).toBe(1_100);
    expect(await totalOf(db, 'totals')).toBe(1_100);
  });

  it('is refused where retention has taken the beginning of the log, unless that is allowed', async () => {
    const db = database.open();
    const cut = (offset: number) =>
      db.query(
        `update postamt.partitions set log_start_offset = $1
        where topic_number = (select number from postamt.topics where name = 'amounts') and index = 0`,
        [offset],
      );
    await cut(1);
    await expect(rebuild(db, totalsOf(1))).rejects.toMatchObject({
      code: 'OFFSET_OUT_OF_RANGE',
      message: expect.stringContaining('retention.ms'),
    });
    expect(await totalOf(db, 'totals')).toBe(1_100);
    const { records } = await rebuild(db, totalsOf(1), {
      allowIncomplete: true,
    });
    expect(records).toBeLessThan(1_100);
    await cut(0);
  });
});
