import {
  afterAll,
  afterEach,
  beforeAll,
  describe,
  expect,
  it,
} from '@jest/globals';
import { Catalogue } from '#log';
import type { Database } from '#postgres';
import { defineTopic } from '#schemas';
import { useDatabase } from '#testing';
import { Outbox } from '../publish/outbox.js';
import { moveShards } from '../move/move.js';
import { ALL_SHARDS } from '../shard.js';
import { readOutboxStatus } from './outbox-status.js';

const database = useDatabase({ beforeAll, afterEach, afterAll });

const value = {
  type: 'record',
  name: 'Letter',
  fields: [{ name: 'n', type: 'int' }],
} as const;
const letters = defineTopic('letters', { value });
const parcels = defineTopic('parcels', { value });

/** What the view says, counted row by row. */
async function seenByView(db: Database): Promise<unknown[]> {
  const { rows } = await db.query(
    `select topic, (count(*) filter (where status = 'PUBLISHED'))::int as published,
      (count(*) filter (where status = 'PENDING'))::int as pending
    from postamt.outbox group by topic order by topic`,
  );
  return rows;
}

async function counted(db: Database): Promise<unknown[]> {
  const { topics } = await readOutboxStatus(db);
  return topics.map(({ topic, published, pending }) => ({
    topic,
    published,
    pending,
  }));
}

async function publish(db: Database, outbox: Outbox): Promise<void> {
  const at = (n: number) => ({
    key: `k${n % 7}`,
    value: { n },
    timestamp: Date.now() - 60_000 * n,
  });
  await db.transaction(async (tx) => {
    await outbox.publish(tx, letters, [at(0), at(1), at(2), at(3)]);
    await outbox.publish(tx, parcels, at(1));
  });
}

/** Moves each shard once, by so many rows at most. */
async function move(db: Database, rowsPerShard = 1_000): Promise<void> {
  const mover = { db, catalogue: new Catalogue(db), relay: 'test' };
  const limits = { rowsPerShard, bytesPerShard: 1_000_000 };
  await moveShards(mover, ALL_SHARDS, limits);
}

describe('readOutboxStatus', () => {
  it('is empty where nothing was published', async () => {
    expect(await readOutboxStatus(database.open())).toEqual({
      published: 0,
      pending: 0,
      delayed: 0,
      parked: 0,
      failed: 0,
      discarded: 0,
      oldestPendingMs: null,
      topics: [],
    });
  });

  it('says what the view says, before a move, behind it, and with a transaction that was open then', async () => {
    const db = database.open();
    const outbox = await Outbox.open(db, [letters, parcels]);
    await publish(db, outbox);
    expect(await counted(db)).toEqual([
      { topic: 'letters', published: 0, pending: 4 },
      { topic: 'parcels', published: 0, pending: 1 },
    ]);
    const { oldestPendingMs, topics } = await readOutboxStatus(db);
    expect(oldestPendingMs).toBe(topics[0]?.oldestPendingMs);
    expect(oldestPendingMs).toBeGreaterThanOrEqual(180_000 - 1_000);
    expect(oldestPendingMs).toBeLessThan(240_000);

    await db.transaction(async (tx) => {
      await outbox.publish(tx, letters, { key: 'late', value: { n: 9 } });
      await move(db);
      expect(await counted(db)).toEqual(await seenByView(db));
    });
    expect(await counted(db)).toEqual([
      { topic: 'letters', published: 4, pending: 1 },
      { topic: 'parcels', published: 1, pending: 0 },
    ]);
    await publish(db, outbox);
    await move(db);
    expect(await readOutboxStatus(db)).toMatchObject({
      published: 11,
      pending: 0,
      oldestPendingMs: null,
    });
    expect(await counted(db)).toEqual(await seenByView(db));
  });

  it('says what the view says while a shard is moved page by page', async () => {
    const db = database.open();
    const outbox = await Outbox.open(db, [letters]);
    const events = Array.from({ length: 5 }, (_, n) => ({
      key: 'one shard',
      value: { n },
    }));
    const before = (await readOutboxStatus(db)).published;
    await db.transaction((tx) => outbox.publish(tx, letters, events));
    await move(db, 2);
    expect(await readOutboxStatus(db)).toMatchObject({
      published: before + 2,
      pending: 3,
    });
    expect(await counted(db)).toEqual(await seenByView(db));
    for (let page = 0; page < 3; page += 1) await move(db, 2);
    expect((await readOutboxStatus(db)).pending).toBe(0);
  });

  it('counts what another server wrote as pending until it stands in a batch, and a topic that is gone', async () => {
    const db = database.open();
    await db.query(
      'update postamt.outbox_events set incarnation = 7 where id % 2 = 0',
    );
    await db.query(
      `insert into postamt.outbox_events (event_id, shard, incarnation, topic_number, timestamp)
      values (gen_random_uuid(), 3, 7, 999, 0)`,
    );
    const { topics } = await readOutboxStatus(db);
    expect(await counted(db)).toEqual(await seenByView(db));
    expect(topics.at(-1)).toMatchObject({
      topicNumber: 999,
      topic: null,
      pending: 1,
    });
  });
});
