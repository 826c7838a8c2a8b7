import {
  afterAll,
  afterEach,
  beforeAll,
  describe,
  expect,
  it,
} from '@jest/globals';
import { Client } from 'pg';
import { HalfOpenProxy, useDatabase, waitFor } from '#testing';
import type { DatabaseOptions } from './database-options.js';
import type { Database } from './database.js';
import { SideConnection } from './side-connection.js';
import { defineStatement } from './statement.js';

let proxy: HalfOpenProxy | undefined;
// Before the database looks for leaks: the server's ends stand as long as the proxy does.
afterEach(async () => {
  await proxy?.close();
  proxy = undefined;
});
const database = useDatabase({ beforeAll, afterEach, afterAll });
const ASIDE = { applicationName: 'aside' };
const LOST = { code: 'POSTGRES_UNAVAILABLE', retriable: true };

interface Backend {
  readonly pid: number;
  readonly isolation: string;
}
const ask = defineStatement<[pause: number], Backend>({
  name: 'ask',
  text: () => `select pg_backend_pid() as pid,
    current_setting('transaction_isolation') as isolation, pg_sleep($1)::text`,
  mapRow: (row) => row as unknown as Backend,
});
const divide = defineStatement<[by: number], number>({
  name: 'divide',
  text: () => 'select 1 / $1::int as n',
  mapRow: (row) => row.n as number,
});
const prepared = defineStatement<[], string>({
  name: 'prepared',
  text: () =>
    `select name || ' ' || generic_plans + custom_plans as use from pg_prepared_statements order by name`,
  mapRow: (row) => row.use as string,
});

/** Listens, with nothing hinted. */
async function listening(db: Database, keys: readonly string[] = ['p1']) {
  const watch = db.wakeUps.watch(keys);
  await waitFor('to listen', () => db.wakeUps.listening);
  watch.take();
  return watch;
}

/** The backend that a statement ran on. */
async function backend(db: Database, pause = 0): Promise<number> {
  const [row] = await db.runAside(ask, [pause]);
  return row?.pid ?? 0;
}

/** What a statement fails with, for it to be looked at later. */
async function failure(running: Promise<unknown>): Promise<unknown> {
  return running.then(
    () => 'nothing',
    (error: unknown) => error,
  );
}

async function backends(admin: Database): Promise<number[]> {
  const { rows } = await admin.query(
    'select pid from pg_stat_activity where application_name = $1',
    [ASIDE.applicationName],
  );
  return rows.map((row) => row.pid as number);
}

/** The backend in LISTEN, on which nothing else has run since. */
async function listener(admin: Database): Promise<number> {
  return waitFor('LISTEN', async () => {
    const { rows } = await admin.query(
      `select pid from pg_stat_activity
      where application_name = $1 and query ilike 'listen%'`,
      [ASIDE.applicationName],
    );
    return rows[0]?.pid as number | undefined;
  });
}

describe('A statement aside', () => {
  it('runs on the backend that listens', async () => {
    const db = database.open(ASIDE);
    await listening(db);
    const pid = await listener(database.open());
    expect(await backend(db)).toBe(pid);
    expect(await Promise.all([backend(db), backend(db)])).toEqual([pid, pid]);
  });

  it('takes no second connection while nothing else runs', async () => {
    const admin = database.open();
    const db = database.open(ASIDE);
    await listening(db);
    await waitFor(
      'the pools to be empty',
      async () => (await backends(admin)).length === 1,
    );
    for (let round = 0; round < 20; round += 1)
      expect(await backends(admin)).toEqual([await backend(db)]);
  });

  it('takes another connection where nobody listens, and while LISTEN is being opened', async () => {
    const db = database.open(ASIDE);
    const alone = await backend(db);
    const watch = db.wakeUps.watch(['p1']);
    expect(await backend(db)).toBe(alone);
    await waitFor('to listen', () => db.wakeUps.listening);
    const aside = await backend(db);
    expect(aside).not.toBe(alone);
    watch.close();
    expect(await backend(db)).not.toBe(aside);
  });

  it('is READ COMMITTED on either connection, whatever the default is', async () => {
    const admin = database.open();
    const setDefault = (how: string) =>
      admin.query(
        `do $$ begin execute format('alter database %I ${how}', current_database()); end $$`,
      );
    await setDefault('set default_transaction_isolation = serializable');
    const db = database.open(ASIDE);
    const READ_COMMITTED = [{ isolation: 'read committed' }];
    expect(await db.runAside(ask, [0])).toMatchObject(READ_COMMITTED);
    await listening(db);
    const [aside] = await db.runAside(ask, [0]);
    expect([aside]).toMatchObject(READ_COMMITTED);
    const [elsewhere] = await db.run(ask, [0]);
    expect(elsewhere?.isolation).toBe('serializable');
    expect(elsewhere?.pid).not.toBe(aside?.pid);
    await setDefault('reset default_transaction_isolation');
  });

  it('is prepared once, and not at all where it is told so', async () => {
    for (const preparedStatements of [true, false]) {
      const db = database.open({ preparedStatements });
      await listening(db);
      for (let n = 0; n < 3; n += 1) await backend(db);
      expect(await db.runAside(prepared, [])).toEqual(
        preparedStatements ? ['postamt.ask 3', 'postamt.prepared 1'] : [],
      );
    }
  });

  it('that fails throws what `run` throws, and the next one runs on the same connection', async () => {
    const db = database.open();
    await listening(db);
    const before = await backend(db);
    const refused = Promise.allSettled([
      db.runAside(divide, [0]),
      db.runAside(divide, [1]),
    ]);
    expect(await refused).toMatchObject([
      { status: 'rejected', reason: { code: '22012' } },
      { status: 'fulfilled', value: [1] },
    ]);
    expect(await backend(db)).toBe(before);
  });

  it('leaves notifications to arrive', async () => {
    const there = database.open();
    const db = database.open();
    const watch = await listening(db);
    const pid = await backend(db);
    for (let round = 0; round < 5; round += 1) {
      const running = [backend(db, 0.05), backend(db), backend(db)];
      there.wakeUps.mark(['p1']);
      await watch.wait(20_000);
      expect(watch.take()).toEqual(['p1']);
      expect(await Promise.all(running)).toEqual([pid, pid, pid]);
    }
  });

  it('takes another connection once the one that listens was lost, and later the new one that does', async () => {
    const admin = database.open();
    const db = database.open(ASIDE);
    const watch = await listening(db);
    const lost = await backend(db);
    await admin.query('select pg_terminate_backend($1)', [lost]);
    await watch.wait(20_000);
    const meanwhile = await backend(db);
    await waitFor('to listen again', () => db.wakeUps.listening);
    const again = await listener(admin);
    expect(await backend(db)).toBe(again);
    expect(new Set([lost, meanwhile, again]).size).toBe(3);
  });

  it('that is cut off by the loss of its connection is POSTGRES_UNAVAILABLE, and who waits behind it is served', async () => {
    const admin = database.open();
    const db = database.open(ASIDE);
    await listening(db);
    const pid = await backend(db);
    const cut = failure(backend(db, 60));
    const behind = backend(db);
    await waitFor('it to run', async () => {
      const { rows } = await admin.query(
        `select pg_terminate_backend(pid) from pg_stat_activity
        where pid = $1 and wait_event = 'PgSleep'`,
        [pid],
      );
      return rows.length === 1;
    });
    expect(await cut).toMatchObject(LOST);
    expect(await behind).not.toBe(pid);
  });
});

describe('On a half-open connection, a statement aside', () => {
  const open = async (options: Partial<DatabaseOptions>) => {
    proxy = await HalfOpenProxy.to(database.connectionString);
    const { connectionString } = proxy;
    const connection = { connectionString, connectionTimeoutMillis: 1_000 };
    const db = database.open({ connection, ...options });
    await listening(db);
    return { db, proxy, pid: await backend(db) };
  };

  it('is given up after its limit, who waits behind it takes another connection, and LISTEN is made anew', async () => {
    const { db, proxy, pid } = await open({ queryTimeoutMs: 60_000 });
    await waitFor('the pools to be empty', () => proxy.connections === 1);
    proxy.fallSilent();
    const before = proxy.swallowed;
    const lost = failure(db.runAside(ask, [0], 1_000));
    const behind = backend(db);
    await waitFor('it to be sent', () => proxy.swallowed > before);
    proxy.letThrough();
    expect(await lost).toMatchObject(LOST);
    const other = await behind;
    expect(other).not.toBe(pid);
    await waitFor('the new one', async () => {
      const now = await backend(db);
      return db.wakeUps.listening && now !== other && now !== pid;
    });
  });

  it('is given up after `queryTimeoutMs` where it has no limit of its own, and so is one on another connection', async () => {
    const { db, proxy } = await open({ queryTimeoutMs: 1_000 });
    proxy.fallSilent();
    await expect(backend(db)).rejects.toMatchObject(LOST);
    await expect(backend(db)).rejects.toMatchObject(LOST);
    proxy.letThrough();
    await waitFor('to listen again', () => db.wakeUps.listening);
  });

  it('does not keep a close from ending', async () => {
    const { db, proxy } = await open({ queryTimeoutMs: 1_000 });
    proxy.fallSilent();
    const lost = failure(backend(db));
    await db.close();
    expect(await lost).toMatchObject(LOST);
  });
});

describe('The end of a database', () => {
  it('waits for the statements aside that run, and refuses others with CLOSED', async () => {
    const db = database.open();
    await listening(db);
    const pid = await backend(db);
    const running = backend(db, 0.3);
    const closing = db.close();
    await expect(backend(db)).rejects.toMatchObject({ code: 'CLOSED' });
    expect(await running).toBe(pid);
    await closing;
    await expect(backend(db)).rejects.toMatchObject({ code: 'CLOSED' });
  });

  it('waits for those that are behind others too, also where the last watch ends first', async () => {
    const db = database.open();
    const watch = await listening(db);
    const running = [backend(db, 0.3), backend(db), backend(db)];
    watch.close();
    await db.close();
    expect(await Promise.all(running)).toMatchObject([
      expect.any(Number),
      expect.any(Number),
      expect.any(Number),
    ]);
  });
});

describe('Through a pooler', () => {
  it('nothing is run aside, and no session of another is changed', async () => {
    const client = new Client(database.connectionString);
    await client.connect();
    // What a pooler tells: a process of its own making.
    Object.assign(client, { processID: 1 });
    const side = new SideConnection(client);
    await client.query(
      "set default_transaction_isolation to 'repeatable read'",
    );
    await side.settle();
    expect(await side.ask({ text: 'select 1' }, 0)).toBeUndefined();
    const { rows } = await client.query('show default_transaction_isolation');
    expect(rows).toEqual([
      { default_transaction_isolation: 'repeatable read' },
    ]);
    await client.end();
  });
});
