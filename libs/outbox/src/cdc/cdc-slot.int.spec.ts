import {
  afterAll,
  afterEach,
  beforeAll,
  beforeEach,
  describe,
  expect,
  it,
} from '@jest/globals';
import { Database, readSlot, type EmbeddedPostgres } from '#postgres';
import { defineTopic } from '#schemas';
import { readLog, startTestServer, TestDatabase, waitFor } from '#testing';
import { Outbox } from '../publish/outbox.js';
import { CdcRelay } from './cdc-relay.js';
import { createCdcSlot, dropCdcSlot, readCdcStatus } from './cdc-slot.js';

const SLOT = 'lost_outbox';
const letters = defineTopic('letters', { value: 'string' });
let server: EmbeddedPostgres;
let database: TestDatabase;
let db: Database;

const open = () => Outbox.open(db, [letters], { cdc: { slot: SLOT } });
const publish = (outbox: Outbox) =>
  db.transaction((tx) => outbox.publish(tx, letters, { key: 'k', value: 'x' }));

/** Writes WAL, without a relay, until the server gives the slot up. */
async function loseSlot() {
  await db.query('create table if not exists filler (text text)');
  await waitFor('the slot to be lost', async () => {
    await db.query(
      `insert into filler select repeat('x', 1000) from generate_series(1, 10000)`,
    );
    await db.query('select pg_switch_wal()');
    await db.query('checkpoint');
    return (await readSlot(db, SLOT))?.walStatus === 'lost';
  });
}

/** A slot that outlives promotions is confirmed once the server has sent the move as well. */
async function confirmsBehindItsMove() {
  const outbox = await open();
  const relay = new CdcRelay(db, { slot: SLOT });
  await relay.start();
  for (let n = 0; n < 5; n += 1) await publish(outbox);
  await waitFor('the slot', async () => {
    const { slot, position } = await readCdcStatus(db, SLOT);
    return (
      relay.status.moved === 5 &&
      (slot?.confirmedFlush ?? 0n) > (position?.lsn ?? 0n)
    );
  });
  await relay.stop();
  await waitFor('the slot', async () => !(await readSlot(db, SLOT))?.active);
}

beforeAll(async () => {
  server = await startTestServer({
    wal_level: 'logical',
    max_slot_wal_keep_size: '16MB',
    min_wal_size: '32MB',
    max_wal_size: '32MB',
  });
});
beforeEach(async () => {
  database = await TestDatabase.create(server.connectionString);
  db = database.open();
});
afterEach(async () => {
  await dropCdcSlot(db, SLOT);
  await database.drop();
});
afterAll(async () => {
  await server.stop();
});

describe('a slot', () => {
  it('is made once, is told of, and is dropped', async () => {
    expect(await createCdcSlot(db, SLOT)).toBe('created');
    expect(await createCdcSlot(db, SLOT)).toBe('exists');
    expect(await readCdcStatus(db, SLOT)).toMatchObject({
      slot: { active: false, walStatus: 'reserved' },
      position: undefined,
      detours: 0,
    });
    await dropCdcSlot(db, SLOT);
    expect((await readCdcStatus(db, SLOT)).slot).toBeUndefined();
  });

  it('tells how many bytes of the WAL it holds', async () => {
    await createCdcSlot(db, SLOT);
    const before = (await readCdcStatus(db, SLOT)).slot?.lagBytes ?? 0n;
    await db.query(
      `create table lag as select repeat('x', 1000) from generate_series(1, 1000)`,
    );
    const { slot } = await readCdcStatus(db, SLOT);
    expect((slot?.lagBytes ?? 0n) - before).toBeGreaterThan(500_000n);
    expect(slot?.retainedBytes).toBeGreaterThanOrEqual(slot?.lagBytes ?? 0n);
  });

  it('that was never made is no reason to be silent', async () => {
    await expect(open()).rejects.toMatchObject({ code: 'SLOT_LOST' });
    const relay = new CdcRelay(db, { slot: SLOT });
    await expect(relay.start()).rejects.toMatchObject({ code: 'SLOT_LOST' });
  });

  it('that was dropped under an outbox has publish throw, and a relay say so', async () => {
    await createCdcSlot(db, SLOT);
    const outbox = await open();
    const relay = new CdcRelay(db, { slot: SLOT });
    await relay.start();
    await publish(outbox);
    await waitFor('the event', () => relay.status.moved === 1);
    await waitFor('the slot to go', async () => {
      await db
        .query(
          'select pg_terminate_backend(active_pid) from pg_replication_slots',
        )
        .then(() => db.query('select pg_drop_replication_slot($1)', [SLOT]))
        .catch(() => {});
      return (await readSlot(db, SLOT)) === undefined;
    });
    await expect(publish(outbox)).rejects.toMatchObject({ code: 'SLOT_LOST' });
    await waitFor('the relay', () => relay.status.state === 'lost');
    await expect(createCdcSlot(db, SLOT)).rejects.toMatchObject({
      code: 'SLOT_LOST',
    });
    expect(await createCdcSlot(db, SLOT, { acceptLoss: true })).toBe('created');
    await publish(outbox);
    await waitFor('the relay', () => relay.status.moved === 2);
    await relay.stop();
    expect(await readLog(db, letters.name)).toHaveLength(2);
  });

  it('that the server has given up for its size is told of by everybody', async () => {
    await createCdcSlot(db, SLOT);
    const outbox = await open();
    await publish(outbox);
    await loseSlot();
    expect((await readCdcStatus(db, SLOT)).slot?.invalidation).toBeDefined();
    await expect(publish(outbox)).rejects.toMatchObject({ code: 'SLOT_LOST' });
    const relay = new CdcRelay(db, { slot: SLOT });
    await expect(relay.start()).rejects.toMatchObject({ code: 'SLOT_LOST' });
  });
});

describe('a server that is not set up for it', () => {
  it('is refused: its wal_level', async () => {
    const plain = await TestDatabase.create(
      process.env.POSTAMT_TEST_SERVER ?? '',
    );
    const there = plain.open();
    await expect(createCdcSlot(there, SLOT)).rejects.toMatchObject({
      code: 'INVALID_CONFIG',
      message: expect.stringContaining('wal_level'),
    });
    await plain.drop();
  });

  it('is refused: a role that may not replicate', async () => {
    await db.query(`create role reader login password 'x'`);
    await db.query('grant usage on schema postamt to reader');
    const url = new URL(database.connectionString);
    url.username = 'reader';
    url.password = 'x';
    const there = new Database({ connection: url.toString() });
    await expect(createCdcSlot(there, SLOT)).rejects.toMatchObject({
      code: 'INVALID_CONFIG',
      message: expect.stringContaining('alter role reader replication'),
    });
    await there.close();
    await db.query('drop owned by reader');
    await db.query('drop role reader');
  });

  it('is refused: a server too old for slots that outlive a promotion', async () => {
    const { rows } = await db.query('show server_version_num');
    const isOld = Number(rows[0]?.server_version_num) < 170_000;
    const made = createCdcSlot(db, SLOT, { failover: true });
    if (isOld)
      await expect(made).rejects.toMatchObject({ code: 'NOT_SUPPORTED' });
    else {
      expect(await made).toBe('created');
      expect((await readSlot(db, SLOT))?.failover).toBe(true);
      await confirmsBehindItsMove();
    }
  });
});
