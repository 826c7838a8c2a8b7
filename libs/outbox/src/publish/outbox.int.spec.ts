import {
  afterAll,
  afterEach,
  beforeAll,
  describe,
  expect,
  it,
} from '@jest/globals';
import { Kysely, PostgresDialect } from 'kysely';
import { Client, Pool } from 'pg';
import type { Database } from '#postgres';
import { defineTopic } from '#schemas';
import { useDatabase, waitFor } from '#testing';
import { Relay } from '../relay/relay.js';
import { shardOf } from '../shard.js';
import { Outbox } from './outbox.js';

const database = useDatabase({ beforeAll, afterEach, afterAll });

const changes = defineTopic('changes', {
  partitions: 2,
  config: { 'max.message.bytes': 2_000 },
  value: {
    type: 'record',
    name: 'Change',
    fields: [
      { name: 'status', type: 'string' },
      {
        name: 'steps',
        type: {
          type: 'array',
          items: {
            type: 'record',
            name: 'Step',
            fields: [{ name: 'at', type: 'long' }],
          },
        },
      },
    ],
  },
});
const sound = { status: 'Accepted', steps: [{ at: 1 }] };

/** An adapter as an ORM's would be, which counts what is sent. */
function counting(client: Client) {
  const sent: string[] = [];
  const executor = {
    query: (text: string, values?: unknown[]) => {
      sent.push(text);
      return client.query(text, values);
    },
  };
  return { executor, sent };
}

async function connect(): Promise<Client> {
  const client = new Client(database.connectionString);
  await client.connect();
  return client;
}

async function statuses(db: Database): Promise<unknown[]> {
  const { rows } = await db.query(
    'select status, count(*)::int as count from postamt.outbox group by status order by status',
  );
  return rows;
}

async function empty(db: Database): Promise<void> {
  await db.query('truncate postamt.outbox_events');
}

describe('publish', () => {
  it('throws for a value against its schema with topic, path, value and expected type, before any SQL', async () => {
    const db = database.open();
    const outbox = await Outbox.open(db, [changes]);
    const client = await connect();
    const { executor, sent } = counting(client);
    const bad = { status: 'Accepted', steps: [{ at: 1 }, { at: 'soon' }] };
    const publishing = outbox.publish(executor, changes, [
      { value: sound },
      // @ts-expect-error -- the type refuses it as well
      { value: bad },
    ]);
    await expect(publishing).rejects.toMatchObject({
      code: 'SCHEMA_MISMATCH',
      message: expect.stringMatching(/changes.*steps\[1\]\.at.*"soon".*long/s),
    });
    expect(sent).toEqual([]);
    await client.end();
  });

  it.each([
    [
      'a key of another kind',
      { key: 7, value: sound },
      'INVALID_VALUE',
      /changes.*7/,
    ],
    [
      'a header that is no text',
      { value: sound, headers: { a: 1 } },
      'INVALID_VALUE',
      /header "a"/,
    ],
    [
      'a header that UTF-8 would change',
      { value: sound, headers: { 'a\ud800': 'x' } },
      'INVALID_VALUE',
      /header "a\\ud800"/,
    ],
    [
      'a header that would hide the id',
      { value: sound, headers: { id: 'x' } },
      'INVALID_VALUE',
      /header "id"/,
    ],
    [
      'an id that is no UUID',
      { value: sound, id: 'x' },
      'INVALID_VALUE',
      /id "x"/,
    ],
    [
      'a time that is none',
      { value: sound, timestamp: Number.NaN },
      'INVALID_VALUE',
      /timestamp NaN/,
    ],
    [
      'an event that no batch may hold',
      { value: { ...sound, status: 'x'.repeat(2_000) } },
      'MESSAGE_TOO_LARGE',
      /2000/,
    ],
  ])('refuses %s before any SQL', async (_, event, code, message) => {
    const db = database.open();
    const outbox = await Outbox.open(db, [changes]);
    const client = await connect();
    const { executor, sent } = counting(client);
    const publishing = outbox.publish(executor, changes, event as never);
    await expect(publishing).rejects.toMatchObject({
      code,
      message: expect.stringMatching(message),
    });
    expect(sent).toEqual([]);
    await client.end();
  });

  it('refuses a topic that the outbox was not opened with', async () => {
    const outbox = await Outbox.open(database.open(), [changes]);
    const other = defineTopic('other', { value: 'string' });
    const client = await connect();
    const publishing = outbox.publish(counting(client).executor, other, {
      value: 'x',
    });
    await expect(publishing).rejects.toMatchObject({
      code: 'UNKNOWN_TOPIC_OR_PARTITION',
      message: expect.stringContaining('"other"'),
    });
    await client.end();
  });

  it('refuses a pool, a client outside of a transaction, and a Kysely that is no transaction', async () => {
    const outbox = await Outbox.open(database.open(), [changes]);
    const pool = new Pool({ connectionString: database.connectionString });
    const kysely = new Kysely<object>({
      dialect: new PostgresDialect({ pool }),
    });
    const client = await connect();
    await client.query('select 1');
    for (const target of [pool, client, kysely]) {
      const publishing = outbox.publish(target as never, changes, {
        value: sound,
      });
      await expect(publishing).rejects.toMatchObject({
        code: 'INVALID_VALUE',
        message: expect.stringContaining('transaction'),
      });
    }
    await client.end();
    await kysely.destroy();
  });

  it('writes with the transaction of pg, of Kysely and of Postamt: committed is PENDING, rolled back is nothing', async () => {
    const db = database.open();
    await empty(db);
    const outbox = await Outbox.open(db, [changes]);
    const pool = new Pool({ connectionString: database.connectionString });
    const kysely = new Kysely<object>({
      dialect: new PostgresDialect({ pool }),
    });
    const client = await pool.connect();
    const boom = new Error('boom');

    await client.query('begin');
    await outbox.publish(client, changes, { key: 'a', value: sound });
    await client.query('commit');
    await client.query('begin');
    await outbox.publish(client, changes, { key: 'a', value: sound });
    await client.query('rollback');
    client.release();
    await kysely
      .transaction()
      .execute((tx) => outbox.publish(tx, changes, { key: 'a', value: sound }));
    const failing = kysely.transaction().execute(async (tx) => {
      await outbox.publish(tx, changes, { key: 'a', value: sound });
      throw boom;
    });
    await expect(failing).rejects.toBe(boom);
    await db.transaction((tx) =>
      outbox.publish(tx, changes, { key: 'a', value: sound }),
    );
    await db.transaction((tx) =>
      outbox.publish(tx.db, changes, { key: 'a', value: sound }),
    );

    expect(await statuses(db)).toEqual([{ status: 'PENDING', count: 4 }]);
    await kysely.destroy();
  });

  it('writes an empty list as nothing and ten thousand events in their order', async () => {
    const db = database.open();
    await empty(db);
    const outbox = await Outbox.open(db, [changes]);
    const many = Array.from({ length: 10_001 }, (_, n) => ({
      key: `k${n % 3}`,
      value: { status: String(n), steps: [] },
    }));
    const written = await db.transaction(async (tx) => {
      expect(await outbox.publish(tx, changes, [])).toEqual([]);
      return outbox.publish(tx, changes, many);
    });
    const { rows } = await db.query(
      'select event_id from postamt.outbox_events order by id',
    );
    expect(rows.map((row) => row.event_id)).toEqual(
      written.map(({ id }) => id),
    );
  });

  it('gives every key a shard of 64, and events without a key shards of their own', async () => {
    const shards = new Set(
      Array.from({ length: 2_000 }, (_, n) =>
        shardOf(Buffer.from(`k${n}`), 'x'),
      ),
    );
    expect(shards.size).toBe(64);
    expect(shardOf(Buffer.from('a'), 'x')).toBe(shardOf(Buffer.from('a'), 'y'));
  });

  it('with lockKey makes the second transaction on a key wait for the first, in either order of their keys', async () => {
    const db = database.open();
    const outbox = await Outbox.open(db, [changes]);
    const [first, second] = [await connect(), await connect()];
    await first.query('begin');
    await second.query('begin');
    const keys = (...names: string[]) =>
      names.map((key) => ({ key, value: sound }));
    await outbox.publish(first, changes, keys('a', 'b'), { lockKey: true });
    let through = false;
    const waiting = outbox
      .publish(second, changes, keys('b', 'a'), { lockKey: true })
      .then(() => (through = true));
    await waitFor('the second to wait', async () => {
      const { rows } = await db.query(
        "select 1 from pg_stat_activity where wait_event = 'advisory' and datname = current_database()",
      );
      return rows.length > 0;
    });
    expect(through).toBe(false);
    await first.query('commit');
    await waiting;
    await second.query('commit');
    await Promise.all([first.end(), second.end()]);
  });

  it.each(['pg', 'Kysely', 'Tx'] as const)(
    'wakes a relay in another process soon after the COMMIT of %s',
    async (kind) => {
      const db = database.open();
      const outbox = await Outbox.open(db, [changes]);
      const elsewhere = database.open();
      const relay = new Relay(elsewhere, { pollIntervalMs: 600_000 });
      relay.start();
      await waitFor(
        'the relay to listen and to be through',
        async () =>
          (await statuses(db)).every(
            (row) => (row as { status: string }).status === 'PUBLISHED',
          ) && relay.status.state === 'running',
      );
      const before = relay.status.moved;
      await publishBy(kind, outbox, db);
      await waitFor(
        'the event to be moved',
        () => relay.status.moved === before + 1,
      );
      await relay.stop();
    },
  );
});

async function publishBy(
  kind: 'pg' | 'Kysely' | 'Tx',
  outbox: Outbox,
  db: Database,
): Promise<void> {
  const event = { key: 'wake', value: sound };
  if (kind === 'Tx') {
    await db.transaction((tx) => outbox.publish(tx, changes, event));
    return;
  }
  const pool = new Pool({ connectionString: database.connectionString });
  if (kind === 'Kysely') {
    const kysely = new Kysely<object>({
      dialect: new PostgresDialect({ pool }),
    });
    await kysely
      .transaction()
      .execute((tx) => outbox.publish(tx, changes, event));
    await kysely.destroy();
    return;
  }
  const client = await pool.connect();
  await client.query('begin');
  await outbox.publish(client, changes, event);
  await client.query('commit');
  client.release();
  await pool.end();
}
