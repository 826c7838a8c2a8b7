import {
  afterAll,
  afterEach,
  beforeAll,
  beforeEach,
  describe,
  expect,
  it,
} from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { Outbox, Relay, type OutboxEvent } from '#outbox';
import type { Database } from '#postgres';
import { defineTopic } from '#schemas';
import { useDatabase, waitFor } from '#testing';
import { Listener } from './listener.js';
import type { ListenerOptions } from './listener-options.js';

const database = useDatabase({ beforeAll, afterEach, afterAll });

interface Tables {
  effects: { name: string; n: number };
}
interface Counted {
  readonly n: number;
}

/** A topic of its own for each test, so that none sees another's records. */
function newTopic(partitions = 3) {
  return defineTopic(`t-${randomUUID()}`, {
    partitions,
    value: {
      type: 'record',
      name: 'Counted',
      fields: [{ name: 'n', type: 'int' }],
    },
  });
}
type CountedTopic = ReturnType<typeof newTopic>;
type Options = ListenerOptions<Tables, string, Counted>;

/** Publishes and moves, so that the records stand in the log. */
async function publish(
  db: Database,
  topic: CountedTopic,
  events: readonly OutboxEvent<string, Counted>[],
) {
  const outbox = await Outbox.open(db, [topic]);
  await db.transaction((tx) => outbox.publish(tx, topic, events));
  const relay = new Relay(db);
  relay.start();
  await waitFor('the relay', () => relay.status.moved === events.length);
  await relay.stop();
}

function numbered(count: number, keys = 7): OutboxEvent<string, Counted>[] {
  return Array.from({ length: count }, (_, n) => ({
    key: `k${n % keys}`,
    value: { n },
  }));
}

function listen(
  db: Database,
  topic: CountedTopic,
  options: Omit<Options, 'topic' | 'group'> & { group?: string },
) {
  return new Listener<Tables, string, Counted>(db, {
    group: 'readers',
    pollIntervalMs: 100,
    ...options,
    topic,
  });
}

/** Writes each record down in the transaction of its offset. */
const writeDown: Options['handler'] = async (value, record) => {
  await record.tx
    .insertInto('effects')
    .values({ name: record.key ?? '', n: value?.n ?? -1 })
    .execute();
};

async function effects(db: Database): Promise<number[]> {
  const { rows } = await db.query('select n from effects order by n');
  return rows.map((row) => row.n as number);
}

const handledBy = (listeners: readonly Listener<Tables, string, Counted>[]) =>
  listeners.reduce((sum, { status }) => sum + status.handled, 0);

const upTo = (count: number) => Array.from({ length: count }, (_, n) => n);

describe('Listener', () => {
  beforeAll(async () => {
    const db = database.open();
    await db.query('create table effects (name text not null, n int not null)');
  });
  beforeEach(async () => {
    const db = database.open();
    await db.query('truncate effects');
  });

  it('commits effects and offset together: a handler that fails now and then has each effect once', async () => {
    const db = database.open();
    const topic = newTopic();
    await publish(db, topic, numbered(300));
    const failed = new Set<number>();
    const listener = listen(db, topic, {
      maxPollRecords: 20,
      handler: async (value, record) => {
        await writeDown(value, record);
        const n = value?.n ?? 0;
        if (n % 40 !== 7 || failed.has(n)) return;
        failed.add(n);
        throw new Error(`not yet ${n}`);
      },
    });
    await listener.start();
    await waitFor('all effects', () => listener.status.handled === 300);
    await listener.stop();
    expect(failed.size).toBe(8);
    expect(await effects(db)).toEqual(upTo(300));
  });

  it('shares partitions among members: each record is handled by one of them, in order per key', async () => {
    const db = database.open();
    const topic = newTopic(6);
    const seen: { key: string | null; n: number; member: number }[] = [];
    const members = upTo(3).map((index) =>
      listen(db, topic, {
        handler: (value, record) =>
          void seen.push({ key: record.key, n: value?.n ?? -1, member: index }),
      }),
    );
    await publish(db, topic, []);
    await Promise.all(members.map((member) => member.start()));
    await waitFor('two partitions each', () =>
      members.every(({ partitions }) => partitions.length === 2),
    );
    await publish(db, topic, numbered(600, 30));
    await waitFor('all records', () => handledBy(members) === 600);
    await Promise.all(members.map((member) => member.stop()));
    expect(seen.map(({ n }) => n).sort((a, b) => a - b)).toEqual(upTo(600));
    expect(new Set(seen.map(({ member }) => member)).size).toBe(3);
    for (const key of new Set(seen.map((record) => record.key))) {
      const order = seen
        .filter((record) => record.key === key)
        .map(({ n }) => n);
      expect(order).toEqual([...order].sort((a, b) => a - b));
    }
  });

  it('keeps a failing partition waiting while the others go on, and what stands before the failing record is done', async () => {
    const db = database.open();
    const topic = newTopic(2);
    const events = numbered(100, 20);
    await publish(db, topic, events);
    let broken = true;
    let stuck = -1;
    const listener = listen(db, topic, {
      handler: async (value, record) => {
        if (broken && record.partition === 0 && record.offset === 5n) {
          stuck = value?.n ?? -1;
          throw new Error('broken');
        }
        await writeDown(value, record);
      },
    });
    await listener.start();
    await waitFor('everything else', async () => {
      const ends = await db.query('select count(*)::int as n from effects');
      return (
        stuck >= 0 &&
        listener.status.state === 'failing' &&
        (ends.rows[0]?.n as number) > 5
      );
    });
    const { rows } = await db.query(
      `select max(committed_offset)::int as done from postamt.committed_offsets`,
    );
    expect(rows[0]?.done).toBeGreaterThan(0);
    expect(await effects(db)).not.toContain(stuck);
    broken = false;
    await waitFor('the rest', () => listener.status.handled === 100);
    await listener.stop();
    expect(await effects(db)).toEqual(upTo(100));
  });

  it('without a transaction commits the offset behind what was handled, and goes on from there', async () => {
    const db = database.open();
    const topic = newTopic(1);
    await publish(db, topic, numbered(20));
    const seen: number[] = [];
    const first = listen(db, topic, {
      transactional: false,
      maxPollRecords: 5,
      handler: (value) => {
        if (value?.n === 7) throw new Error('stop here');
        seen.push(value?.n ?? -1);
      },
    });
    await first.start();
    await waitFor('the failure', () => first.status.state === 'failing');
    await first.stop();
    expect(seen).toEqual(upTo(7));
    const second = listen(db, topic, {
      transactional: false,
      handler: (value) => void seen.push(value?.n ?? -1),
    });
    await second.start();
    await waitFor('the rest', () => second.status.handled === 13);
    await second.stop();
    expect(seen).toEqual(upTo(20));
  });

  it('refuses record.tx where the listener is not transactional', async () => {
    const db = database.open();
    const topic = newTopic(1);
    await publish(db, topic, numbered(1));
    const listener = listen(db, topic, {
      transactional: false,
      handler: writeDown,
    });
    await listener.start();
    await waitFor('the failure', () =>
      listener.status.lastError?.includes('not transactional'),
    );
    await listener.stop();
    expect(await effects(db)).toEqual([]);
  });

  it('on stop lets the transaction under way finish and commit', async () => {
    const db = database.open();
    const topic = newTopic(1);
    await publish(db, topic, numbered(3));
    let release = () => {};
    const released = new Promise<void>((resolve) => (release = resolve));
    let entered = false;
    const listener = listen(db, topic, {
      handler: async (value, record) => {
        entered = true;
        await released;
        await writeDown(value, record);
      },
    });
    await listener.start();
    await waitFor('the handler', () => entered);
    const stopping = listener.stop();
    release();
    await stopping;
    expect(await effects(db)).toEqual(upTo(3));
    expect(listener.status).toMatchObject({ state: 'stopped', handled: 3 });
  });

  it('past the deadline of stop gives the transaction up: nothing of it is committed, and nothing is lost', async () => {
    const db = database.open();
    const topic = newTopic(1);
    await publish(db, topic, numbered(50));
    let slow = true;
    const handler: Options['handler'] = async (value, record) => {
      await writeDown(value, record);
      if (slow) await new Promise((resolve) => setTimeout(resolve, 50));
    };
    const first = listen(db, topic, { handler });
    await first.start();
    await first.stop(60);
    expect(await effects(db)).toEqual([]);
    slow = false;
    const second = listen(db, topic, { handler });
    await second.start();
    await waitFor('all', () => second.status.handled === 50);
    await second.stop();
    expect(await effects(db)).toEqual(upTo(50));
  });

  it('past the deadline of stop does not wait for a handler that hangs, and refuses it its transaction', async () => {
    const db = database.open();
    const topic = newTopic(1);
    await publish(db, topic, numbered(3));
    const hanging = Promise.withResolvers<void>();
    let hangs = false;
    let late: unknown;
    const listener = listen(db, topic, {
      handler: async (value, record) => {
        await writeDown(value, record);
        if (value?.n !== 1) return;
        hangs = true;
        await hanging.promise;
        await Promise.resolve(writeDown(value, record)).catch(
          (error: unknown) => (late = error),
        );
      },
    });
    await listener.start();
    await waitFor('the handler', () => hangs);
    await listener.stop(20);
    expect(await effects(db)).toEqual([]);
    hanging.resolve();
    await waitFor('the late write', () => late);
    expect(late).toMatchObject({ code: 'CLOSED' });
  });

  it('hands a batch over at once, its effects and its offset committed together', async () => {
    const db = database.open();
    const topic = newTopic(1);
    await publish(db, topic, numbered(25));
    const sizes: number[] = [];
    const listener = new Listener<Tables, string, Counted>(db, {
      topic,
      group: 'readers',
      maxPollRecords: 10,
      pollIntervalMs: 100,
      batchHandler: async (values, { tx, records, partition }) => {
        sizes.push(values.length);
        const rows = values.map((value, at) => ({
          n: value?.n ?? -1,
          name: `${records[at]?.key} ${partition}`,
        }));
        await tx.insertInto('effects').values(rows).execute();
        if (sizes.length === 2) throw new Error('not yet');
      },
    });
    await listener.start();
    await waitFor('all', () => listener.status.handled === 25);
    await listener.stop();
    // The second batch failed: its first record went alone, and then the others together.
    expect(sizes).toEqual([10, 10, 1, 10, 4]);
    expect(await effects(db)).toEqual(upTo(25));
  });

  it('without a transaction commits the offset behind a batch, and bears none', async () => {
    const db = database.open();
    const topic = newTopic(1);
    await publish(db, topic, numbered(5));
    const refused: string[] = [];
    const listener = new Listener<Tables, string, Counted>(db, {
      topic,
      group: 'readers',
      transactional: false,
      batchHandler: (_values, batch) => {
        try {
          void batch.tx;
        } catch (error) {
          refused.push(String(error));
        }
      },
    });
    await listener.start();
    await waitFor('all', () => listener.status.handled === 5);
    await listener.stop();
    expect(refused.join()).toContain('not transactional');
  });

  it('hands over key, headers, timestamp, event id and tombstones', async () => {
    const db = database.open();
    const topic = newTopic(1);
    const id = randomUUID();
    await publish(db, topic, [
      {
        key: 'a',
        value: { n: 1 },
        id,
        timestamp: 1_700_000_000_000,
        headers: { trace: 'x', bytes: Buffer.from([0, 255]) },
      },
      { key: 'a', value: null },
      { value: { n: 2 } },
    ]);
    const seen: unknown[] = [];
    const listener = listen(db, topic, {
      handler: (value, { key, timestamp, headers, eventId, offset }) =>
        void seen.push({
          value,
          key,
          timestamp,
          eventId,
          offset,
          headers: headers.map((h) => [h.key, h.value?.toString('hex')]),
        }),
    });
    await listener.start();
    await waitFor('all', () => seen.length === 3);
    await listener.stop();
    expect(seen[0]).toEqual({
      value: { n: 1 },
      key: 'a',
      timestamp: 1_700_000_000_000,
      eventId: id,
      offset: 0n,
      headers: [
        ['id', Buffer.from(id).toString('hex')],
        ['trace', '78'],
        ['bytes', '00ff'],
      ],
    });
    expect(seen[1]).toMatchObject({ value: null, key: 'a', offset: 1n });
    expect(seen[2]).toMatchObject({ value: { n: 2 }, key: null, offset: 2n });
  });

  it('starts where autoOffsetReset says, and with none not at all', async () => {
    const db = database.open();
    const topic = newTopic(1);
    await publish(db, topic, numbered(5));
    const seen: number[] = [];
    const handler: Options['handler'] = (value) =>
      void seen.push(value?.n ?? -1);
    const latest = listen(db, topic, {
      group: 'latest',
      autoOffsetReset: 'latest',
      handler,
    });
    await latest.start();
    await publish(db, topic, [{ key: 'k', value: { n: 99 } }]);
    await waitFor('the new one', () => seen.length > 0);
    await latest.stop();
    expect(seen).toEqual([99]);
    const none = listen(db, topic, {
      group: 'none',
      autoOffsetReset: 'none',
      handler,
    });
    await none.start();
    expect(none.status).toMatchObject({
      state: 'failing',
      lastError: expect.stringContaining('autoOffsetReset is none'),
    });
    await none.stop();
  });

  it('names a corrupt batch, keeps its partition waiting, and reads the others', async () => {
    const logged: string[] = [];
    const logger = {
      debug: () => {},
      info: () => {},
      warn: () => {},
      error: (fields: object) =>
        void logged.push(String((fields as { err: unknown }).err)),
    };
    const db = database.open({ logger });
    const topic = newTopic(2);
    await publish(db, topic, numbered(100, 20));
    const { rows } = await db.query(
      'select leaf from postamt.segments s join postamt.topics t on t.number = s.topic_number where t.name = $1',
      [topic.name],
    );
    const { rows: damaged } = await db.query(
      `update postamt.${String(rows[0]?.leaf)} set batch = set_byte(batch, 80, get_byte(batch, 80) # 1)
      where partition_id = (select min(partition_id) from postamt.${String(rows[0]?.leaf)}) returning record_count`,
    );
    const listener = listen(db, topic, { handler: writeDown });
    await listener.start();
    const rest = 100 - (damaged[0]?.record_count as number);
    await waitFor(
      'the sound partition',
      () => listener.status.handled === rest && logged.length > 0,
    );
    await listener.stop();
    expect(logged.join()).toContain(`${topic.name}-0@0 is corrupt`);
  });

  it('refuses an unknown topic, a group without a name and a closed database, each by name', async () => {
    const db = database.open();
    const topic = newTopic(1);
    const handler = () => {};
    await expect(listen(db, topic, { handler }).start()).rejects.toMatchObject({
      code: 'UNKNOWN_TOPIC_OR_PARTITION',
    });
    await publish(db, topic, numbered(1));
    await expect(
      listen(db, topic, { group: '', handler }).start(),
    ).rejects.toMatchObject({ code: 'INVALID_GROUP_ID' });
    expect(() => listen(db, topic, { maxPollRecords: 0, handler })).toThrow(
      'maxPollRecords is 0',
    );
    await db.close();
    await expect(listen(db, topic, { handler }).start()).rejects.toMatchObject({
      code: 'CLOSED',
    });
  });
});
