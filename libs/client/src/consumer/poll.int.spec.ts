import {
  afterAll,
  afterEach,
  beforeAll,
  describe,
  expect,
  it,
} from '@jest/globals';
import { Catalogue, rollSegment } from '#log';
import { useDatabase } from '#testing';
import { Consumer } from './consumer.js';
import {
  at,
  consuming,
  LONG_MS,
  put,
  rawTopic,
  read,
  values,
} from './fixtures/raw-topics.js';

const database = useDatabase({ beforeAll, afterEach, afterAll });

describe('Consumer.poll', () => {
  it('gives at most maxPollRecords, and serves partitions in turn', async () => {
    const db = database.open();
    const topic = await rawTopic(db, 2);
    for (const partition of [0, 1])
      await put(db, topic, ['a', 'b', 'c', 'd'], { partition });
    await consuming(
      db,
      topic,
      async (consumer) => {
        const pages: unknown[] = [];
        for (let n = 0; n < 4; n += 1) {
          const page = await consumer.poll(LONG_MS);
          pages.push([page[0]?.partition, page[0]?.offset, page.length]);
        }
        expect(pages).toEqual([
          [0, 0n, 2],
          [1, 0n, 2],
          [0, 2n, 2],
          [1, 2n, 2],
        ]);
      },
      { partitions: 2, maxPollRecords: 2 },
    );
  });

  it('leaves out what is paused, and loses nothing of it', async () => {
    const db = database.open();
    const topic = await rawTopic(db, 2);
    for (const partition of [0, 1])
      await put(db, topic, ['a', 'b'], { partition });
    await consuming(
      db,
      topic,
      async (consumer) => {
        consumer.pause([at(topic, 0)]);
        expect(consumer.paused).toEqual([at(topic, 0)]);
        expect((await read(consumer, 2)).map((r) => r.partition)).toEqual([
          1, 1,
        ]);
        expect(await consumer.poll(1)).toEqual([]);
        consumer.resume();
        expect((await read(consumer, 2)).map((r) => r.partition)).toEqual([
          0, 0,
        ]);
      },
      { partitions: 2 },
    );
  });

  it('does not hold a partition up by a long poll for another one', async () => {
    const db = database.open();
    const topic = await rawTopic(db, 2);
    await put(db, topic, ['a', 'b']);
    await consuming(
      db,
      topic,
      async (consumer) => {
        // The fetch for the empty partition 1 would last 30 seconds.
        for (const offset of [0n, 1n, 0n]) {
          consumer.seek(at(topic), offset);
          expect((await consumer.poll(LONG_MS))[0]?.offset).toBe(offset);
        }
      },
      { partitions: 2 },
    );
  });

  it('reads over segments, each record once and in order', async () => {
    const db = database.open();
    const topic = await rawTopic(db);
    await consuming(
      db,
      topic,
      async (consumer) => {
        const seen: string[] = [];
        for (let n = 0; n < 6; n += 1) {
          await put(db, topic, [`${n}a`, `${n}b`, `${n}c`]);
          seen.push(...values(await read(consumer, 1)));
          await rollSegment(db, topic);
        }
        const rest = await read(consumer, 18 - seen.length);
        expect([...seen, ...values(rest)]).toEqual(
          Array.from({ length: 6 }, (_, n) =>
            ['a', 'b', 'c'].map((letter) => `${n}${letter}`),
          ).flat(),
        );
        consumer.seekToBeginning();
        expect(await read(consumer, 18)).toHaveLength(18);
      },
      { maxPollRecords: 2 },
    );
  });

  it('throws what is wrong with one partition once, and reads the others', async () => {
    const db = database.open();
    const topic = await rawTopic(db, 2);
    for (const partition of [0, 1])
      await put(db, topic, ['a', 'b'], { partition });
    const leaf = (await new Catalogue(db).topic(topic)).leaf;
    const { rows } = await db.query(
      `select min(partition_id) as id from postamt.${leaf}`,
    );
    const damage = () =>
      db.query(
        `update postamt.${leaf} set batch = set_byte(batch, 70, get_byte(batch, 70) # 1) where partition_id = $1`,
        [rows[0]?.id],
      );
    await damage();
    await consuming(
      db,
      topic,
      async (consumer) => {
        const outcomes: unknown[] = [];
        while (outcomes.length < 2)
          try {
            const page = await consumer.poll(1_000);
            if (page.length > 0) outcomes.push(page[0]?.partition);
          } catch (error) {
            outcomes.push((error as Error).message);
          }
        expect(outcomes).toHaveLength(2);
        expect(outcomes).toContain(1);
        expect(outcomes).toContainEqual(
          expect.stringContaining(`${topic}-0@0`),
        );
        expect(await consumer.position(at(topic))).toBe(0n);
        await damage();
        expect(values(await read(consumer, 2))).toEqual(['a', 'b']);
      },
      { partitions: 2 },
    );
  });

  it('goes back to where it agrees with a log that was truncated, or says so', async () => {
    const db = database.open();
    const topic = await rawTopic(db);
    await put(db, topic, ['a', 'b']);
    await put(db, topic, ['c', 'd']);
    const promote = async () => {
      const [partition] = (await new Catalogue(db).topic(topic)).partitions;
      const leaf = (await new Catalogue(db).topic(topic)).leaf;
      await db.query(`delete from postamt.${leaf} where base_offset = 2`);
      await db.query(
        'update postamt.partitions set leader_epoch = 1 where id = $1',
        [partition?.id],
      );
      await db.query(
        'insert into postamt.leader_epochs (partition_id, epoch, start_offset) values ($1, 1, 2)',
        [partition?.id],
      );
    };
    const strict = new Consumer(db, { autoOffsetReset: 'none' });
    strict.assign([at(topic)]);
    strict.seek(at(topic), 0n);
    await consuming(db, topic, async (consumer) => {
      expect(await read(consumer, 4)).toHaveLength(4);
      expect(await read(strict, 4)).toHaveLength(4);
      await consumer.poll(0);
      await promote();
      await put(db, topic, ['C']);
      expect(await read(consumer, 1)).toMatchObject([
        { offset: 2n, value: Buffer.from('C'), leaderEpoch: 1 },
      ]);
      await expect(strict.poll(LONG_MS)).rejects.toMatchObject({
        code: 'LOG_TRUNCATION',
        message: expect.stringContaining('go on from 2'),
      });
      expect(await strict.position(at(topic))).toBe(4n);
    });
    await strict.close();
  });

  it('lets the rest of the process go on while it is polled without waiting', async () => {
    const db = database.open();
    const topic = await rawTopic(db, 1);
    const consumer = new Consumer(db);
    consumer.assign([at(topic)]);
    const timer = new AbortController();
    setTimeout(() => timer.abort(), 1);
    while (!timer.signal.aborted) await consumer.poll(0);
    await consumer.close();
  });
});
