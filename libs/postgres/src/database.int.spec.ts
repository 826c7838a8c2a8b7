import {
  afterAll,
  afterEach,
  beforeAll,
  describe,
  expect,
  it,
} from '@jest/globals';
import { startTestServer, TestDatabase, useDatabase, waitFor } from '#testing';
import { Database } from './database.js';
import { bind, defineStatement } from './statement.js';

const database = useDatabase({ beforeAll, afterEach, afterAll });

const double = defineStatement<[n: number], number>({
  name: 'double',
  text: () => 'select $1::int * 2 as result',
  mapRow: (row) => row.result as number,
});

describe('A database', () => {
  it('refuses with CLOSED once it was closed, and may be closed twice', async () => {
    const db = database.open();
    await db.query('select 1');
    await Promise.all([db.close(), db.close()]);
    const CLOSED = { code: 'CLOSED' };
    await expect(db.query('select 1')).rejects.toMatchObject(CLOSED);
    await expect(db.run(double, [1])).rejects.toMatchObject(CLOSED);
    await expect(db.copyOut('select 1')).rejects.toMatchObject(CLOSED);
    await expect(db.transaction(async () => 1)).rejects.toMatchObject(CLOSED);
    await expect(db.lockKeys('partition', [1])).rejects.toMatchObject(CLOSED);
    expect(() => db.wakeUps.watch(['p1'])).toThrow('closed');
    db.wakeUps.mark(['p1']);
  });

  it('lets what runs end before it closes, and whoever waits for a connection too', async () => {
    const db = database.open({ maxConnections: 1 });
    const entered = Promise.withResolvers<void>();
    const leave = Promise.withResolvers<void>();
    const running = db.transaction(async (tx) => {
      entered.resolve();
      await leave.promise;
      return tx.query('select 1 as n');
    });
    await entered.promise;
    const waiting = db.query('select 2 as n');
    const closing = db.close();
    leave.resolve();
    expect((await running).rows).toEqual([{ n: 1 }]);
    expect((await waiting).rows).toEqual([{ n: 2 }]);
    await closing;
  });

  it('is POSTGRES_UNAVAILABLE where nobody listens', async () => {
    const url = new URL(database.connectionString);
    url.port = '1';
    const db = new Database({ connection: url.toString() });
    const LOST = { code: 'POSTGRES_UNAVAILABLE', retriable: true };
    await expect(db.query('select 1')).rejects.toMatchObject(LOST);
    await expect(db.transaction(async () => 1)).rejects.toMatchObject(LOST);
    await expect(db.copyOut('select 1')).rejects.toMatchObject(LOST);
    await db.close();
  });

  it('says what to do where the schema was never made', async () => {
    const db = database.open({ schema: 'never_made' });
    await expect(db.transaction(async () => 1)).rejects.toMatchObject({
      code: 'SCHEMA_TOO_OLD',
      message: expect.stringContaining('postamt migrate'),
    });
  });

  it('prepares hot statements by name, and none where it is told so', async () => {
    const named = `select name from pg_prepared_statements
      where name not in ('postamt.begin', 'postamt.settings', 'postamt.commit') order by name`;
    for (const preparedStatements of [true, false]) {
      const db = database.open({ preparedStatements, maxConnections: 1 });
      expect(await db.run(double, [2])).toEqual([4]);
      const inTx = await db.transaction(async (tx) => {
        expect(await tx.run(double, [3])).toEqual([6]);
        return tx.query(named);
      });
      const inFlight = await db.transaction(
        async (tx) => {
          await tx.run(double, [4]);
          const names = await tx.query(named);
          await tx.writeAndCommit([bind(double, [5])]);
          return names;
        },
        { writer: true },
      );
      const expected = preparedStatements ? [{ name: 'postamt.double' }] : [];
      expect(inTx.rows).toEqual(expected);
      expect(inFlight.rows).toEqual(expected);
    }
  });

  it('takes locks of its own in each schema', async () => {
    const one = database.open();
    const two = database.open({ schema: 'pg_other'.replace('pg_', '') });
    await one.query('create schema if not exists other');
    await one.transaction(async (tx) => {
      await tx.lock('partition', [1]);
      await two.transaction((other) => other.lock('partition', [1]), {
        lockTimeoutMs: 1_000,
      });
    });
    const key = (db: Database) => db.lockKeys('partition', [1]);
    expect(await key(one)).not.toEqual(await key(two));
  });

  it('keeps no connection that has been idle for five seconds', async () => {
    const db = database.open({ applicationName: 'idler' });
    const admin = database.open();
    await Promise.all([1, 2, 3].map(() => db.query('select 1')));
    await db.transaction((tx) => tx.writeAndCommit([]), { writer: true });
    const connections = async () => {
      const { rows } = await admin.query(
        `select count(*)::int as n from pg_stat_activity where application_name = 'idler'`,
      );
      return rows[0]?.n as number;
    };
    expect(await connections()).toBeGreaterThan(0);
    await waitFor('them to be gone', async () => (await connections()) === 0, {
      timeoutMs: 8_000,
    });
  });
});

describe('copyOut', () => {
  const texts = (rows: readonly (readonly (Buffer | null)[])[]) =>
    rows.map((row) => row.map((value) => value && String(value)));

  it('gives rows, NULLs, and nothing', async () => {
    const db = database.open();
    expect(
      texts(await db.copyOut(`values ('a', null), ('', 'b'::text)`)),
    ).toEqual([
      ['a', null],
      ['', 'b'],
    ]);
    expect(await db.copyOut('select 1 where false')).toEqual([]);
  });

  it('fails with the error of the server, also in the middle, and the pool goes on', async () => {
    const db = database.open({ maxConnections: 1 });
    await expect(db.copyOut('select * from nowhere')).rejects.toMatchObject({
      code: '42P01',
    });
    const midway = 'select 1 / (50000 - n) from generate_series(1, 60000) as n';
    await expect(db.copyOut(midway)).rejects.toMatchObject({ code: '22012' });
    const ended =
      'select case when n = 50000 then pg_terminate_backend(pg_backend_pid())::text else n::text end from generate_series(1, 60000) as n';
    await expect(db.copyOut(ended)).rejects.toMatchObject({
      code: 'POSTGRES_UNAVAILABLE',
    });
    expect(texts(await db.copyOut(`select 'still here'`))).toEqual([
      ['still here'],
    ]);
  });

  it('carries 64 MiB, byte for byte', async () => {
    const db = database.open();
    const row = `decode(repeat('00ff80c3', 262144), 'hex')`;
    const rows = await db.copyOut(
      `select n, ${row} from generate_series(0, 63) as n`,
    );
    const expected = Buffer.alloc(1_048_576, Buffer.from('00ff80c3', 'hex'));
    expect(rows.length).toBe(64);
    rows.forEach(([n, bytes], at) => {
      expect(n?.readInt32BE()).toBe(at);
      expect(bytes?.equals(expected)).toBe(true);
    });
  });
});

describe('A server that is restarted', () => {
  it('is found again by the database, its writers and its watches, without a restart of the process', async () => {
    const server = await startTestServer();
    const own = await TestDatabase.create(server.connectionString);
    const db = own.open();
    const other = own.open();
    const watch = db.wakeUps.watch(['p1']);
    await db.query('select 1');
    await db.transaction((tx) => tx.writeAndCommit([]), { writer: true });
    await server.crash();
    await expect(db.query('select 1')).rejects.toMatchObject({
      code: 'POSTGRES_UNAVAILABLE',
    });
    const began = Date.now();
    watch.take();
    await watch.wait(60_000);
    expect(Date.now() - began).toBeLessThan(10_000);
    await server.restart();
    await waitFor('the database', () => db.query('select 1').then(() => true));
    await waitFor('the writers', () =>
      db
        .transaction((tx) => tx.writeAndCommit([]), { writer: true })
        .then(() => true),
    );
    watch.take();
    await waitFor('a wake-up of another process', async () => {
      other.wakeUps.mark(['p1']);
      await watch.wait(100);
      return watch.take().length > 0;
    });
    expect(await own.close()).toEqual([]);
    await server.stop();
  });
});
