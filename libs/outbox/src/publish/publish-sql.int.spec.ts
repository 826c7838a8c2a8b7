import {
  afterAll,
  afterEach,
  beforeAll,
  describe,
  expect,
  it,
} from '@jest/globals';
import { createTopic } from '#log';
import type { Database } from '#postgres';
import { defineTopic } from '#schemas';
import { readLog, useDatabase, waitFor } from '#testing';
import { shardOf } from '../shard.js';
import { Relay } from '../relay/relay.js';
import { Outbox } from './outbox.js';

const database = useDatabase({ beforeAll, afterEach, afterAll });

const letters = defineTopic('letters', { value: 'string' });
const UUID_V7 = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-/;

/** A text as the topic's schema has it: one byte of length times two. */
function avro(schemaId: number, text: string): Buffer {
  const prefix = Buffer.alloc(5);
  prefix.writeUInt32BE(schemaId, 1);
  return Buffer.concat([
    prefix,
    Buffer.from([text.length * 2]),
    Buffer.from(text),
  ]);
}

async function schemaIdOf(db: Database): Promise<number> {
  const { rows } = await db.query(
    "select schema_id from postamt.subject_versions where subject = 'letters-value'",
  );
  return rows[0]?.schema_id as number;
}

async function written(db: Database, id: unknown) {
  const { rows } = await db.query(
    'select * from postamt.outbox_events where event_id = $1',
    [id],
  );
  return rows[0];
}

async function publish(db: Database, args: string, values: unknown[] = []) {
  const { rows } = await db.query(
    `select postamt.publish(${args}) as id`,
    values,
  );
  return rows[0]?.id as string | null;
}

async function drain(db: Database): Promise<void> {
  const relay = new Relay(db, { pollIntervalMs: 10 });
  relay.start();
  await waitFor('nothing to be pending', async () => {
    const { rows } = await db.query(
      "select 1 from postamt.outbox where status = 'PENDING' limit 1",
    );
    return rows.length === 0;
  });
  await relay.stop();
}

beforeAll(async () => {
  const db = database.open();
  await Outbox.open(db, [letters]);
  await createTopic(db, { name: 'small' });
});

describe('postamt.publish', () => {
  it('writes what a listener can read, with headers, in the shard of its key', async () => {
    const db = database.open();
    const value = avro(await schemaIdOf(db), 'hello');
    const key = Buffer.from('k\u00e4y');
    const id = await publish(
      db,
      `'letters', $1, $2, '{"source": "tr\u00efgger", "empty": ""}'`,
      [key, value],
    );
    expect(id).toMatch(UUID_V7);
    const row = await written(db, id);
    expect(row).toMatchObject({ key, value, deliver_at: null });
    expect(row?.shard).toBe(shardOf(key, ''));
    expect(Math.abs(Number(row?.timestamp) - Date.now())).toBeLessThan(60_000);
    await drain(db);
    const [record] = (await readLog(db, 'letters')).slice(-1);
    expect(record?.value).toEqual(value);
    expect(
      record?.headers.map(({ key: name, value: bytes }) => [
        name,
        String(bytes),
      ]),
    ).toEqual(
      expect.arrayContaining([
        ['id', id],
        ['source', 'tr\u00efgger'],
        ['empty', ''],
      ]),
    );
  });

  it('takes no key, a tombstone, and empty bytes, which are not nothing', async () => {
    const db = database.open();
    const none = await publish(db, "'small', null, null");
    const empty = await publish(db, "'small', '', ''");
    const tombstone = await publish(db, "'letters', 'k', null");
    expect(await written(db, none)).toMatchObject({ key: null, value: null });
    expect((await written(db, none))?.shard).toBe(shardOf(null, none ?? ''));
    const bytes = Buffer.alloc(0);
    expect(await written(db, empty)).toMatchObject({
      key: bytes,
      value: bytes,
    });
    expect(await written(db, tombstone)).toMatchObject({ value: null });
  });

  it('makes ids that rise with the milliseconds', async () => {
    const db = database.open();
    const { rows } = await db.query(
      `select postamt.new_event_id() as id, floor(extract(epoch from clock_timestamp()) * 1000)::bigint as ms
      from generate_series(1, 200)`,
    );
    for (const { id, ms } of rows) {
      expect(id).toMatch(UUID_V7);
      const made = Number.parseInt(
        String(id).replaceAll('-', '').slice(0, 12),
        16,
      );
      expect(Number(ms) - made).toBeGreaterThanOrEqual(0);
      expect(Number(ms) - made).toBeLessThan(60_000);
    }
    expect(new Set(rows.map(({ id }) => id)).size).toBe(200);
  });

  it('keeps the timestamp that it is given, and counts a delay from now', async () => {
    const db = database.open();
    const id = await publish(
      db,
      `'small', 'k', 'v', event_timestamp => '2026-01-01T00:00:00.1239Z', deliver_after => '2 days 90 minutes'`,
    );
    const row = await written(db, id);
    expect(row?.timestamp).toBe(String(Date.UTC(2026, 0, 1) + 123));
    const { rows } = await db.query(
      `select $1::bigint - extract(epoch from now()) * 1000 as delay`,
      [row?.deliver_at],
    );
    expect(Number(rows[0]?.delay) / 60_000).toBeCloseTo(2 * 1440 + 90, 0);
    const zero = await publish(db, `'small', 'k', 'v', deliver_after => '0'`);
    expect(await written(db, zero)).toMatchObject({ deliver_at: null });
  });

  it('publishes from a trigger what its transaction commits, and nothing of what is rolled back', async () => {
    const db = database.open();
    await db.query('create table parcel (id text primary key, place text)');
    await db.query(`
      create function parcel_changed() returns trigger language plpgsql as $$
      begin
        perform postamt.publish('small', convert_to(new.id, 'UTF8'), convert_to(new.place, 'UTF8'));
        return null;
      end $$`);
    await db.query(
      'create trigger parcel_changed after insert on parcel for each row execute function parcel_changed()',
    );
    await db.query(
      "insert into parcel select 'p' || n, 'Bonn' from generate_series(1, 3) as n",
    );
    const rolledBack = db.transaction(async (tx) => {
      await tx.query("insert into parcel values ('p4', 'Ulm')");
      throw new Error('boom');
    });
    await expect(rolledBack).rejects.toThrow('boom');
    await db.transaction(async (tx) => {
      await tx.query('savepoint before');
      await tx.query("insert into parcel values ('p5', 'Ulm')");
      await tx.query('rollback to before');
    });
    const { rows } = await db.query(
      `select convert_from(key, 'UTF8') as key from postamt.outbox_events where value in ('Bonn', 'Ulm') order by id`,
    );
    expect(rows.map(({ key }) => key)).toEqual(['p1', 'p2', 'p3']);
  });
});
