import {
  afterAll,
  afterEach,
  beforeAll,
  beforeEach,
  describe,
  expect,
  it,
} from '@jest/globals';
import type { Database } from '../database.js';
import type { EmbeddedPostgres } from '../embedded/embedded-postgres.js';
import { startTestServer, TestDatabase, waitFor } from '#testing';
import { formatLsn } from './lsn.js';
import { readReplicationServer } from './replication-server.js';
import { createSlot, dropSlot, readSlot } from './replication-slot.js';
import type { SlotStream } from './slot-stream.js';

const never = new AbortController().signal;
const ALL = 1_000_000_000;
let server: EmbeddedPostgres;
let database: TestDatabase;
let db: Database;
const streams: SlotStream[] = [];

async function open(options: object = {}): Promise<SlotStream> {
  const stream = await db.openSlotStream({
    slot: 'reader',
    publication: 'nothing',
    prefix: 'postamt',
    statusIntervalMs: 50,
    ...options,
  });
  streams.push(stream);
  return stream;
}

const emit = (text: string) =>
  db.query(`select pg_logical_emit_message(true, 'postamt', $1::bytea)`, [
    Buffer.from(text),
  ]);

/** Takes until that many transactions are there. */
async function take(stream: SlotStream, count: number) {
  const taken = [];
  while (taken.length < count) taken.push(...(await stream.take(ALL, never)));
  return taken;
}

/** Waits until the server has had three status updates more. */
async function heardThrice() {
  const read = async () => {
    const { rows } = await db.query(
      'select reply_time::text as at from pg_stat_replication',
    );
    return rows[0]?.at;
  };
  for (let time = 0; time < 3; time += 1) {
    const before = await read();
    await waitFor('a reply', async () => (await read()) !== before);
  }
}

const texts = (taken: readonly { messages: readonly Buffer[] }[]) =>
  taken.flatMap(({ messages }) => messages.map(String));

beforeAll(async () => {
  server = await startTestServer({ wal_level: 'logical' });
});
beforeEach(async () => {
  database = await TestDatabase.create(server.connectionString);
  db = database.open();
  await createSlot(db, {
    name: 'reader',
    publication: 'nothing',
    failover: false,
  });
});
afterEach(async () => {
  await Promise.all(streams.splice(0).map((stream) => stream.close()));
  await waitFor(
    'the slot',
    async () => !(await readSlot(db, 'reader'))?.active,
  );
  await dropSlot(db, 'reader');
  await database.drop();
});
afterAll(async () => {
  await server.stop();
});

describe('SlotStream', () => {
  it('gives what was committed, in the order of the COMMITs, and nothing that was rolled back', async () => {
    const stream = await open();
    await db.query('create table other (n int)');
    await db.transaction(async (slow) => {
      await slow.query(
        `select pg_logical_emit_message(true, 'postamt', 'slow')`,
      );
      await emit('fast');
    });
    await db
      .transaction(async (tx) => {
        await tx.query(`select pg_logical_emit_message(true, 'postamt', 'no')`);
        throw new Error('rolled back');
      })
      .catch(() => {});
    await db.transaction(async (tx) => {
      await tx.query('insert into other values (1)');
      await tx.query('savepoint s');
      await tx.query(`select pg_logical_emit_message(true, 'postamt', 'no')`);
      await tx.query('rollback to savepoint s');
      await tx.query(`select pg_logical_emit_message(true, 'postamt', 'yes')`);
    });
    const taken = await take(stream, 3);
    expect(texts(taken)).toEqual(['fast', 'slow', 'yes']);
    const positions = taken.map(({ commitLsn }) => commitLsn);
    expect(positions).toEqual([...positions].sort((a, b) => (a < b ? -1 : 1)));
  });

  it('gives again what was not confirmed, and not what was', async () => {
    const first = await open();
    for (const text of ['a', 'b', 'c']) await emit(text);
    const [, b] = await take(first, 3);
    first.confirm(b?.endLsn ?? 0n);
    await waitFor('the position', async () => {
      const slot = await readSlot(db, 'reader');
      return slot?.confirmedFlush === b?.endLsn;
    });
    await first.close();
    const second = await open();
    expect(texts(await take(second, 1))).toEqual(['c']);
  });

  it('confirms nothing by itself while something is taken, and goes on with the WAL when nothing is', async () => {
    const stream = await open();
    await emit('a');
    const [a] = await take(stream, 1);
    await db.query('create table other as select generate_series(1, 1000)');
    const { rows } = await db.query('select pg_current_wal_lsn()::text as lsn');
    const reached = async () => {
      const { rows: found } = await db.query(
        'select confirmed_flush_lsn >= $1::pg_lsn as reached from pg_replication_slots',
        [rows[0]?.lsn],
      );
      return found[0]?.reached === true;
    };
    await heardThrice();
    expect(await reached()).toBe(false);
    stream.confirm(a?.endLsn ?? 0n);
    await waitFor('the slot', reached);
  });

  it('waits with a confirmation for what the server has sent', async () => {
    const stream = await open({ statusIntervalMs: 60_000 });
    await emit('a');
    const [a] = await take(stream, 1);
    const before = (await readSlot(db, 'reader'))?.confirmedFlush;
    stream.confirm(a?.endLsn ?? 0n, (a?.endLsn ?? 0n) + 1_000_000_000n);
    await emit('b');
    await take(stream, 1);
    expect((await readSlot(db, 'reader'))?.confirmedFlush).toBe(before);
    stream.confirm(a?.endLsn ?? 0n, a?.endLsn ?? 0n);
    await waitFor('the position', async () => {
      const slot = await readSlot(db, 'reader');
      return slot?.confirmedFlush === a?.endLsn;
    });
  });

  it('holds no more than its buffer, and loses nothing by it', async () => {
    const stream = await open({ bufferBytes: 100_000 });
    await db.query(
      `do $$ begin for n in 1..300 loop
         perform pg_logical_emit_message(true, 'postamt', repeat('x', 10000) || n); commit;
       end loop; end $$`,
    );
    const taken: string[] = [];
    while (taken.length < 300)
      taken.push(...texts(await stream.take(50_000, never)));
    expect(taken.map((text) => Number(text.slice(10_000)))).toEqual(
      Array.from({ length: 300 }, (_, n) => n + 1),
    );
  });

  it('reads a transaction that is larger than its buffer to its end', async () => {
    const stream = await open({ bufferBytes: 1_000 });
    await db.query(
      `do $$ begin for n in 1..200 loop
         perform pg_logical_emit_message(true, 'postamt', repeat('x', 10000) || n);
       end loop; end $$`,
    );
    const [large] = await take(stream, 1);
    expect(large?.messages).toHaveLength(200);
  });

  it('is refused where another one has the slot, and says so when its walsender is killed', async () => {
    const stream = await open();
    await expect(open()).rejects.toMatchObject({ code: '55006' });
    await db.query(
      'select pg_terminate_backend(active_pid) from pg_replication_slots',
    );
    await expect(stream.take(ALL, never)).rejects.toMatchObject({
      code: 'POSTGRES_UNAVAILABLE',
    });
    await waitFor('the other', async () => Boolean(await open()));
  });

  it('does not hold up the end of the server while nothing is pending', async () => {
    const own = await startTestServer({ wal_level: 'logical' });
    const its = await TestDatabase.create(own.connectionString);
    const there = its.open();
    await createSlot(there, {
      name: 'reader',
      publication: 'nothing',
      failover: false,
    });
    const stream = await there.openSlotStream({
      slot: 'reader',
      publication: 'nothing',
      prefix: 'postamt',
    });
    await there.query('create table other as select generate_series(1, 1000)');
    await there.close();
    await own.stop();
    await expect(stream.take(ALL, never)).rejects.toMatchObject({
      code: 'POSTGRES_UNAVAILABLE',
    });
    await stream.close();
  });
});

describe('readSlot', () => {
  it('tells how a slot stands', async () => {
    expect(await readSlot(db, 'nobody')).toBeUndefined();
    expect(await readSlot(db, 'reader')).toMatchObject({
      name: 'reader',
      plugin: 'pgoutput',
      active: false,
      walStatus: 'reserved',
      invalidation: undefined,
      failover: false,
    });
    expect(
      formatLsn((await readSlot(db, 'reader'))?.confirmedFlush ?? 0n),
    ).toMatch(/^0\/[0-9A-F]+$/);
  });
});

describe('readReplicationServer', () => {
  it('tells what has to be there', async () => {
    expect(await readReplicationServer(db)).toMatchObject({
      walLevel: 'logical',
      mayReplicate: true,
      walKeepBytes: undefined,
    });
  });
});
