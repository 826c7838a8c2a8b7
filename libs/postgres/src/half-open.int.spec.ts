import {
  afterAll,
  afterEach,
  beforeAll,
  beforeEach,
  describe,
  expect,
  it,
} from '@jest/globals';
import { HalfOpenProxy, useDatabase, waitFor } from '#testing';
import type { Database } from './database.js';
import { bind, defineStatement } from './statement.js';

let proxy: HalfOpenProxy;
let db: Database;

// Before the database looks for leaks: the server's ends stand as long as the proxy does.
afterEach(() => proxy.close());
const database = useDatabase({ beforeAll, afterEach, afterAll });
const LIMIT_MS = 1_000;
const LOST = { code: 'POSTGRES_UNAVAILABLE', retriable: true };
const UNKNOWN = { code: 'OUTCOME_UNKNOWN' };

const double = defineStatement<[n: number], number>({
  name: 'double',
  text: () => 'select $1::int * 2 as result',
  mapRow: (row) => row.result as number,
});
const FLIGHT = () => ({ alone: [], statements: [bind(double, [1])] });

beforeEach(async () => {
  proxy = await HalfOpenProxy.to(database.connectionString);
  db = database.open({
    connection: proxy.connectionString,
    queryTimeoutMs: LIMIT_MS,
  });
  await db.run(double, [1]);
});

describe('On a half-open connection', () => {
  it('a flight ends as unknown, and the next one goes on another connection', async () => {
    await db.fly(FLIGHT);
    proxy.fallSilent();
    const before = proxy.swallowed;
    await expect(db.fly(FLIGHT)).rejects.toMatchObject(UNKNOWN);
    expect(proxy.swallowed).toBeGreaterThan(before);
    proxy.letThrough();
    expect(await db.fly(FLIGHT)).toEqual([[{ result: 2 }]]);
  });

  it('a COMMIT ends as unknown', async () => {
    const committed = db.transaction(async (tx) => {
      await tx.query('select 1');
      proxy.fallSilent();
    });
    await expect(committed).rejects.toMatchObject(UNKNOWN);
  });

  it('BEGIN, a statement and a COPY end with POSTGRES_UNAVAILABLE, and so does what waits in a transaction', async () => {
    const silently = async (act: () => Promise<unknown>) => {
      proxy.letThrough();
      await db.query('select 1');
      proxy.fallSilent();
      await expect(act()).rejects.toMatchObject(LOST);
    };
    await silently(() => db.transaction(async () => 1));
    await silently(() => db.run(double, [1]));
    await silently(() => db.copyOut('select 1'));
    proxy.letThrough();
    const running = db.transaction(async (tx) => {
      proxy.fallSilent();
      await tx.run(double, [1]);
    });
    await expect(running).rejects.toMatchObject(LOST);
  });

  it('a NOTIFY is given up, and the next one is sent', async () => {
    const other = database.open();
    const watch = other.wakeUps.watch(['p1', 'p2']);
    await waitFor('to listen', () => other.wakeUps.listening);
    watch.take();
    db.wakeUps.mark(['p1']);
    await watch.wait(20_000);
    proxy.fallSilent();
    const before = proxy.swallowed;
    db.wakeUps.mark(['p1']);
    await waitFor('the first', () => proxy.swallowed > before);
    proxy.letThrough();
    watch.take();
    db.wakeUps.mark(['p2']);
    // A hint of the first one may come late: it is one more look, and no fault.
    await waitFor('the next one', () => watch.take().includes('p2'));
  });

  it('a close ends all the same', async () => {
    const watch = db.wakeUps.watch(['p1']);
    await waitFor('to listen', () => db.wakeUps.listening);
    watch.close();
    proxy.fallSilent();
    await db.close();
    expect(proxy.connections).toBeGreaterThan(0);
  });
});

describe('Where the way is good', () => {
  it('SQL of the caller may take longer, and so may what a transaction waits for', async () => {
    const long = `select pg_sleep(${(2 * LIMIT_MS) / 1_000}), 1 as n`;
    expect((await db.query(long)).rows).toMatchObject([{ n: 1 }]);
    await db.transaction(async (tx) => {
      expect((await tx.query(long)).rows).toMatchObject([{ n: 1 }]);
      await db.query(long);
      expect(await tx.run(double, [2])).toEqual([4]);
    });
  });

  it('a COPY may take longer, as long as something comes', async () => {
    const step = LIMIT_MS / 4_000;
    const rows = await db.copyOut(
      `select repeat('x', 65536), pg_sleep(${step})::text from generate_series(1, 8)`,
    );
    expect(rows.length).toBe(8);
  });

  it('none is 0, and what is no time is refused', async () => {
    const patient = database.open({ queryTimeoutMs: 0 });
    expect(await patient.run(double, [3])).toEqual([6]);
    expect(() => database.open({ queryTimeoutMs: -1 })).toThrow('-1');
  });
});
