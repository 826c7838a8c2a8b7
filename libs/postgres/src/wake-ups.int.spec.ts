import {
  afterAll,
  afterEach,
  beforeAll,
  describe,
  expect,
  it,
} from '@jest/globals';
import { silentLogger } from '#kernel';
import { HalfOpenProxy, useDatabase, waitFor } from '#testing';
import { Database } from './database.js';
import { WakeUps } from './wake-ups.js';

const database = useDatabase({ beforeAll, afterEach, afterAll });

/** A watch whose connection listens, with nothing hinted. */
async function listening(db: Database, keys: readonly string[]) {
  const watch = db.wakeUps.watch(keys);
  await watch.wait(10_000);
  await waitFor('to listen', () => db.wakeUps.listening);
  watch.take();
  return watch;
}

async function sessions(db: Database): Promise<number[]> {
  const { rows } = await db.query(
    "select pid from pg_stat_activity where application_name = 'listener' and query ilike 'listen%'",
  );
  return rows.map((row) => row.pid as number);
}

describe('Wake-ups', () => {
  it('reach a watch in another process, and only one that watches the key', async () => {
    const here = database.open();
    const there = database.open();
    const watch = await listening(there, ['p1']);
    const other = there.wakeUps.watch(['p2']);
    other.take();
    here.wakeUps.mark(['p1', 'p3']);
    await watch.wait(20_000);
    expect(watch.take()).toEqual(['p1']);
    expect(other.hinted).toBe(false);
  });

  it('reach a watch of this process at once, and are not heard a second time', async () => {
    const db = database.open();
    const watch = await listening(db, ['p1', 'sentinel']);
    db.wakeUps.mark(['p1']);
    expect(watch.take()).toEqual(['p1']);
    database.open().wakeUps.mark(['sentinel']);
    await watch.wait(20_000);
    expect(watch.take()).toEqual(['sentinel']);
  });

  it('are not missed when they come between a read and the wait', async () => {
    const db = database.open();
    const watch = await listening(db, ['p1']);
    db.wakeUps.mark(['p1']);
    const began = performance.now();
    await watch.wait(30_000);
    expect(performance.now() - began).toBeLessThan(10_000);
  });

  it('go together: a burst of marks is few notifications', async () => {
    const db = database.open();
    const query = db.query.bind(db);
    const watch = await listening(database.open(), ['last']);
    await query('create extension if not exists pg_stat_statements');
    await query('select pg_stat_statements_reset()');
    for (let n = 0; n < 1_000; n += 1) db.wakeUps.mark([`p${n}`]);
    db.wakeUps.mark(['last']);
    await watch.wait(20_000);
    expect(watch.take()).toEqual(['last']);
    const { rows } = await query(
      "select coalesce(sum(calls), 0)::int as calls from pg_stat_statements where query like '%pg_notify%' and dbid = (select oid from pg_database where datname = current_database())",
    );
    expect(rows[0]?.calls).toBeLessThanOrEqual(3);
  });

  it('of more keys than a notification holds wake everybody', async () => {
    const watch = await listening(database.open(), ['not among them']);
    database
      .open()
      .wakeUps.mark(Array.from({ length: 5_000 }, (_, n) => `partition-${n}`));
    await watch.wait(20_000);
    expect(watch.take()).toEqual(['not among them']);
  });

  it('come back after the listening connection was lost, and the gap wakes every watch', async () => {
    const db = database.open({ applicationName: 'listener' });
    const admin = database.open();
    const watch = await listening(db, ['p1', 'p2']);
    const [pid] = await waitFor('the session', async () => {
      const pids = await sessions(admin);
      return pids.length > 0 && pids;
    });
    await admin.query('select pg_terminate_backend($1)', [pid]);
    await watch.wait(20_000);
    expect(watch.take()).toEqual(['p1', 'p2']);
    await waitFor(
      'to listen again',
      async () =>
        db.wakeUps.listening &&
        !(await sessions(admin)).includes(pid as number),
    );
    watch.take();
    admin.wakeUps.mark(['p2']);
    await watch.wait(20_000);
    expect(watch.take()).toEqual(['p2']);
  });

  it('are polled for where nobody can listen', async () => {
    const url = new URL(database.connectionString);
    url.port = '1';
    const db = new Database({ connection: url.toString() });
    const watch = db.wakeUps.watch(['p1']);
    const began = performance.now();
    for (let n = 0; n < 3; n += 1) {
      await watch.wait(600_000);
      watch.take();
    }
    expect(performance.now() - began).toBeLessThan(30_000);
    expect(db.wakeUps.listening).toBe(false);
    await db.close();
  });

  it('leave no connection behind when they are closed while connecting, or twice', async () => {
    for (let n = 0; n < 5; n += 1) {
      const db = database.open();
      const watch = db.wakeUps.watch(['p1']);
      if (n % 2 === 0) watch.close();
      watch.close();
      await db.close();
      await db.close();
    }
  });

  it('that were marked just before the close are sent', async () => {
    const watch = await listening(database.open(), ['first', 'second']);
    const db = database.open();
    db.wakeUps.mark(['first']);
    db.wakeUps.mark(['second']);
    await db.close();
    const heard = new Set<string>();
    await waitFor('both', async () => {
      await watch.wait(1_000);
      for (const key of watch.take()) heard.add(key);
      return heard.size === 2;
    });
  });

  it('are polled for where LISTEN succeeds and nothing is ever heard, as behind a pooler', async () => {
    let sent = 0;
    const wakeUps = new WakeUps({
      connection: { connectionString: database.connectionString },
      channel: 'behind_a_pooler',
      send: async () => void (sent += 1),
      logger: silentLogger,
    });
    const watch = wakeUps.watch(['p1']);
    await waitFor('the probe', () => sent > 0);
    watch.take();
    const began = performance.now();
    await watch.wait(600_000);
    expect(performance.now() - began).toBeLessThan(10_000);
    expect(wakeUps.listening).toBe(false);
    await wakeUps.close();
  });

  it('are polled for where only others are heard, as by chance behind a pooler', async () => {
    const wakeUps = new WakeUps({
      connection: { connectionString: database.connectionString },
      channel: 'by_chance',
      send: async () => {},
      logger: silentLogger,
    });
    const watch = wakeUps.watch(['p1', 'p2']);
    const db = database.open();
    await waitFor('to be heard', async () => {
      watch.take();
      await db.query(`select pg_notify('by_chance', 'somebody p1')`);
      await watch.wait(100);
      return watch.take().join() === 'p1';
    });
    expect(wakeUps.listening).toBe(false);
    await wakeUps.close();
  });

  it('are polled for while the listening connection is half-open, and heard again on a new one', async () => {
    const proxy = await HalfOpenProxy.to(database.connectionString);
    const db = database.open();
    await db.query('create table committed (n int)');
    const options = {
      channel: 'half_open',
      send: (text: string, values: unknown[]) => db.query(text, values),
      logger: silentLogger,
      heartbeatMs: 500,
      heartbeatTimeoutMs: 1_000,
    };
    const { connectionString } = proxy;
    const here = new WakeUps({ ...options, connection: { connectionString } });
    const connection = { connectionString: database.connectionString };
    const there = new WakeUps({ ...options, connection });
    const watch = here.watch(['p1']);
    const read = async () =>
      (await db.query('select n from committed')).rows.length;
    await waitFor('to listen', () => here.listening);

    proxy.fallSilent();
    watch.take();
    await db.query('insert into committed values (1)');
    there.mark(['p1']);
    while ((await read()) === 0 || here.listening) await watch.wait(600_000);
    expect(await read()).toBe(1);
    await watch.wait(600_000);

    proxy.letThrough();
    await waitFor('to listen again', () => here.listening);
    watch.take();
    there.mark(['p1']);
    await watch.wait(20_000);
    expect(watch.take()).toEqual(['p1']);

    proxy.fallSilent();
    await Promise.all([here.close(), there.close()]);
    await proxy.close();
  });

  it('are polled for where the connection string is no good, and nothing is thrown at the process', async () => {
    const warnings: string[] = [];
    const wakeUps = new WakeUps({
      connection: { connectionString: 'postgres://[broken' },
      channel: 'nowhere',
      send: async () => {},
      logger: { ...silentLogger, warn: (_, words) => warnings.push(words) },
    });
    const watch = wakeUps.watch(['p1']);
    await watch.wait(600_000);
    expect(warnings).toContain('cannot listen for wake-ups; polling');
    await wakeUps.close();
  });

  it('hold one connection, however often the server ended it', async () => {
    const db = database.open({ applicationName: 'listener' });
    const admin = database.open();
    const watch = await listening(db, ['p1']);
    const ended = new Set<number>();
    let most = 0;
    const session = () =>
      waitFor('a session', async () => {
        const alive = (await sessions(admin)).filter((pid) => !ended.has(pid));
        most = Math.max(most, alive.length);
        return db.wakeUps.listening && alive[0];
      });
    for (let n = 0; n < 12; n += 1) {
      const pid = await session();
      await admin.query('select pg_terminate_backend($1)', [pid]);
      ended.add(pid);
    }
    await session();
    expect(most).toBe(1);
    watch.close();
    await waitFor('none', async () => (await sessions(admin)).length === 0);
  });
});
