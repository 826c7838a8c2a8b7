import { randomBytes } from 'node:crypto';
import {
  afterAll,
  afterEach,
  beforeAll,
  describe,
  expect,
  it,
} from '@jest/globals';
import { Client } from 'pg';
import type { Database } from '#postgres';
import { Catalogue } from '#log';
import { defineTopic } from '#schemas';
import { readLog, useDatabase } from '#testing';
import { moveShards } from '../move/move.js';
import { Outbox } from '../publish/outbox.js';
import { ALL_SHARDS } from '../shard.js';
import { OutboxMaintenance } from './outbox-maintenance.js';

const clients: Client[] = [];

afterEach(async () => {
  for (const client of clients.splice(0)) await client.end();
});

const database = useDatabase({ beforeAll, afterEach, afterAll });
let scenes = 0;

async function connected(): Promise<Client> {
  const client = new Client(database.connectionString);
  clients.push(client);
  await client.connect();
  return client;
}

/** What no compression makes smaller: a part has to be worth cleaning. */
const PAD = randomBytes(1_500).toString('base64');
const AT_ONCE = { retentionMs: 1, retentionBytes: 1 };

/** Something to publish with, to move with and to clean with. */
async function scene() {
  const db = database.open();
  await db.query(
    'truncate postamt.outbox_events, postamt.outbox_batches, postamt.outbox_cursors',
  );
  await db.query("select setval('postamt.outbox_part_number', 0)");
  await db.query(
    'update postamt.outbox_parts set closed_at = null, opened_at = case part when 0 then now() end',
  );
  scenes += 1;
  const letters = defineTopic(`letters-${scenes}`, {
    value: { type: 'string' } as const,
    key: 'string',
  });
  const outbox = await Outbox.open(db, [letters]);
  const mover = { db, catalogue: new Catalogue(db), relay: 'r' };
  return {
    db,
    outbox,
    letters,
    arrived: async () => (await readLog(db, letters.name)).length,
    maintenance: new OutboxMaintenance(db, AT_ONCE),
    publish: (count: number) =>
      db.transaction((tx) =>
        outbox.publish(
          tx,
          letters,
          Array.from({ length: count }, (_, n) => ({
            key: `k${n}`,
            value: PAD,
          })),
        ),
      ),
    move: async () => {
      while ((await moveShards(mover, ALL_SHARDS)).more.length > 0);
    },
  };
}

async function rowsByPart(db: Database, table: string): Promise<number[]> {
  const counts = [0, 0, 0, 0];
  const { rows } = await db.query(
    `select part, count(*)::int as count from postamt.${table} group by part`,
  );
  for (const row of rows) counts[row.part as number] = row.count as number;
  return counts;
}

describe('OutboxMaintenance', () => {
  it('turns the ring and empties parts whose events are published, over and over, and nothing is lost or doubled', async () => {
    const { db, maintenance, publish, move, arrived } = await scene();
    const parts = new Set<number>();
    for (let turn = 0; turn < 9; turn += 1) {
      await publish(300);
      await move();
      const { cleaned } = await maintenance.runOnce();
      for (const part of cleaned) parts.add(part);
    }
    expect(parts).toEqual(new Set([0, 1, 2, 3]));
    expect(await arrived()).toBe(2_700);
    const left = (await rowsByPart(db, 'outbox_events')).filter(Boolean);
    expect(left.length).toBeLessThanOrEqual(2);
  });

  it('never empties a part in which an event waits, nor those behind it', async () => {
    const { db, maintenance, publish, move, arrived } = await scene();
    await publish(300);
    await maintenance.runOnce();
    await publish(300);
    await maintenance.runOnce();
    expect(await rowsByPart(db, 'outbox_events')).toEqual([300, 300, 0, 0]);
    await move();
    await maintenance.runOnce();
    expect(await rowsByPart(db, 'outbox_events')).toEqual([0, 0, 0, 0]);
    expect(await arrived()).toBe(600);
  });

  it('leaves a part alone into which an old transaction still writes, and moves its event when it commits', async () => {
    const { outbox, letters, maintenance, publish, move, arrived } =
      await scene();
    const client = await connected();
    await client.query('begin');
    await outbox.publish(client, letters, { key: 'late', value: 'late' });
    await publish(300);
    await move();
    await maintenance.runOnce();
    expect((await maintenance.runOnce()).busy).toEqual([0]);
    await client.query('commit');
    expect((await maintenance.runOnce()).cleaned).toEqual([]);
    await move();
    expect((await maintenance.runOnce()).cleaned).toContain(0);
    expect(await arrived()).toBe(301);
  });

  it('takes the last cursors along, so that what comes next is moved once', async () => {
    const { db, maintenance, publish, move, arrived } = await scene();
    await publish(300);
    await move();
    await maintenance.runOnce();
    const { cleaned } = await maintenance.runOnce();
    expect(cleaned).toEqual([0]);
    expect((await rowsByPart(db, 'outbox_cursors'))[0]).toBe(0);
    await publish(1);
    await move();
    expect(await arrived()).toBe(301);
  });

  it('holds nothing up for more than a moment while a reader holds the part', async () => {
    const { maintenance, publish, move } = await scene();
    await publish(300);
    await move();
    await maintenance.runOnce();
    const reader = await connected();
    await reader.query('begin');
    await reader.query('select count(*) from postamt.outbox');
    expect((await maintenance.runOnce()).busy).toEqual([0]);
    await reader.query('commit');
    expect((await maintenance.runOnce()).cleaned).toContain(0);
  });

  it('goes on where a turn was cut off between the sequence and the table', async () => {
    const { db, maintenance, publish, move } = await scene();
    await publish(300);
    await move();
    await db.query('select setval($1, 1)', ['postamt.outbox_part_number']);
    await publish(10);
    await maintenance.runOnce();
    await maintenance.runOnce();
    expect(await rowsByPart(db, 'outbox_events')).toEqual([0, 10, 0, 0]);
  });

  it('leaves a row alone that came late into an empty part, until it is moved', async () => {
    const { db, maintenance, publish, move } = await scene();
    await publish(1);
    await db.query(
      `insert into postamt.outbox_events (part, shard, event_id, topic_number, timestamp)
       values (3, 5, gen_random_uuid(), (select max(number) from postamt.topics), 0)`,
    );
    await maintenance.runOnce();
    await maintenance.runOnce();
    expect((await rowsByPart(db, 'outbox_events'))[3]).toBe(1);
    await move();
    await maintenance.runOnce();
    expect((await rowsByPart(db, 'outbox_events'))[3]).toBe(0);
  });

  it('does one thing at a time, however many run', async () => {
    const { db, maintenance, publish, move, arrived } = await scene();
    const others = [1, 2, 3].map(() => new OutboxMaintenance(db, AT_ONCE));
    for (let turn = 0; turn < 5; turn += 1) {
      await publish(300);
      await move();
      await Promise.all([maintenance, ...others].map((each) => each.runOnce()));
    }
    expect(await arrived()).toBe(1_500);
  });

  it('forgets an id that a caller chose after two generations, and not before', async () => {
    const { db } = await scene();
    const turning = new OutboxMaintenance(db, { eventIdRetentionMs: 1 });
    const number = async () =>
      (await db.query('select last_value from postamt.outbox_id_generation'))
        .rows[0]?.last_value;
    const before = BigInt((await number()) as string);
    const claim = `insert into postamt.outbox_event_ids (part, event_id)
      select ((last_value - back) % 3)::smallint, '00000000-0000-0000-0000-000000000001'
      from postamt.outbox_id_generation, generate_series(0, 1) as back`;
    await db.query(claim);
    const known = async () =>
      (await db.query('select 1 from postamt.outbox_event_ids')).rows.length;
    await turning.runOnce();
    expect(BigInt((await number()) as string)).toBe(before + 1n);
    expect(await known()).toBe(2);
    await turning.runOnce();
    expect(await known()).toBe(1);
    await turning.runOnce();
    expect(await known()).toBe(0);
  });

  it('refuses limits that make no sense', () => {
    const db = database.open();
    expect(() => new OutboxMaintenance(db, { retentionMs: -1 })).toThrow(
      'retentionMs',
    );
  });
});
