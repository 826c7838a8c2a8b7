import {
  afterAll,
  afterEach,
  beforeAll,
  describe,
  expect,
  it,
  jest,
} from '@jest/globals';
import { defineTopic } from '#schemas';
import { useDatabase } from '#testing';
import { Producer } from '../producer/producer.js';
import { Consumer } from './consumer.js';
import {
  at,
  consuming,
  LONG_MS,
  put,
  rawTopic,
  values,
} from './fixtures/raw-topics.js';

const database = useDatabase({ beforeAll, afterEach, afterAll });
const HOUR_MS = 3_600_000;

describe('Consumer', () => {
  it('gives records decoded where it has the topic, and as bytes where it has the name', async () => {
    const db = database.open();
    const readings = defineTopic('readings', {
      partitions: 1,
      key: 'string',
      value: {
        type: 'record',
        name: 'Reading',
        fields: [{ name: 'celsius', type: 'double' }],
      },
    });
    const producer = await Producer.open(db, [readings]);
    await producer.send(readings, {
      key: 'sensor-7',
      value: { celsius: 21.5 },
      timestamp: 1_700_000_000_000,
      headers: { unit: 'C' },
    });
    await producer.close();
    const consumer = new Consumer(db, { autoOffsetReset: 'earliest' });
    consumer.assign([{ topic: readings, partition: 0 }]);
    expect(await consumer.poll(LONG_MS)).toEqual([
      {
        topic: 'readings',
        partition: 0,
        offset: 0n,
        timestamp: 1_700_000_000_000,
        key: 'sensor-7',
        value: { celsius: 21.5 },
        headers: [{ key: 'unit', value: Buffer.from('C') }],
        leaderEpoch: 0,
      },
    ]);
    await consumer.close();
    await consuming(db, 'readings', async (raw) => {
      const [record] = await raw.poll(LONG_MS);
      expect(record?.key).toEqual(Buffer.from('sensor-7'));
      expect(Buffer.isBuffer(record?.value)).toBe(true);
    });
  });

  it('begins where autoOffsetReset says, and goes on with what comes', async () => {
    const db = database.open();
    const topic = await rawTopic(db);
    await put(db, topic, ['a', 'b']);
    await consuming(
      db,
      topic,
      async (consumer) => {
        expect(await consumer.position(at(topic))).toBe(2n);
        const polling = consumer.poll(LONG_MS);
        await put(db, topic, ['c']);
        expect(values(await polling)).toEqual(['c']);
        expect(await consumer.position(at(topic))).toBe(3n);
      },
      { autoOffsetReset: 'latest' },
    );
    await consuming(
      db,
      topic,
      async (consumer) => {
        await expect(consumer.poll(LONG_MS)).rejects.toMatchObject({
          code: 'OFFSET_OUT_OF_RANGE',
          message: expect.stringContaining(`${topic}-0`),
        });
        consumer.seek(at(topic), 1n);
        expect(values(await consumer.poll(LONG_MS))).toEqual(['b', 'c']);
      },
      { autoOffsetReset: 'none' },
    );
  });

  it('seeks to an offset within a batch, the start, the end and a time', async () => {
    const db = database.open();
    const topic = await rawTopic(db);
    await put(db, topic, ['a', 'b', 'c'], { timestamp: 1_000 });
    await put(db, topic, ['d', 'e'], { timestamp: 2_000 });
    await consuming(db, topic, async (consumer) => {
      consumer.seek(at(topic), 1n);
      expect(values(await consumer.poll(LONG_MS))).toEqual([
        'b',
        'c',
        'd',
        'e',
      ]);
      consumer.seekToTimestamp(2_001);
      expect(values(await consumer.poll(LONG_MS))).toEqual(['e']);
      consumer.seekToBeginning();
      expect(values(await consumer.poll(LONG_MS))).toHaveLength(5);
      consumer.seekToTimestamp(9_000);
      expect(await consumer.position(at(topic))).toBe(5n);
      consumer.seekToBeginning();
      consumer.seekToEnd();
      expect(await consumer.position(at(topic))).toBe(5n);
      expect(await consumer.poll(0)).toEqual([]);
      expect(() => consumer.seek(at('other'), 0n)).toThrow(/not assigned/);
      expect(() => consumer.seek(at(topic), -1n)).toThrow(/offset -1/);
    });
  });

  it('tells ends and offsets for times, also of partitions that are not assigned', async () => {
    const db = database.open();
    const topic = await rawTopic(db, 2);
    await put(db, topic, ['a', 'b'], { timestamp: 1_000, partition: 1 });
    await consuming(db, topic, async (consumer) => {
      expect(
        await consumer.endOffsets([at(topic), at(topic, 1)]),
      ).toMatchObject([{ offset: 0n }, { offset: 2n }]);
      expect(await consumer.beginningOffsets([at(topic, 1)])).toMatchObject([
        { topic, partition: 1, offset: 0n },
      ]);
      const times = [1_001, 5_000].map((timestamp) => ({
        ...at(topic, 1),
        timestamp,
      }));
      expect(await consumer.offsetsForTimes(times)).toMatchObject([
        { offset: 1n, timestamp: 1_001 },
        { offset: null, timestamp: null },
      ]);
      await expect(consumer.endOffsets([at('none')])).rejects.toMatchObject({
        code: 'UNKNOWN_TOPIC_OR_PARTITION',
      });
    });
  });

  it('is iterated record by record, and stands behind the last one that was given', async () => {
    const db = database.open();
    const topic = await rawTopic(db);
    await put(db, topic, ['a', 'b', 'c']);
    await consuming(db, topic, async (consumer) => {
      for await (const record of consumer)
        if (String(record.value) === 'b') break;
      expect(await consumer.position(at(topic))).toBe(2n);
      expect(values(await consumer.poll(LONG_MS))).toEqual(['c']);
    });
  });

  it('counts a duration back from the database’s time, whatever its own clock says', async () => {
    const db = database.open();
    const topic = await rawTopic(db);
    await put(db, topic, ['long ago'], { timestamp: Date.now() - 2 * HOUR_MS });
    await put(db, topic, ['now']);
    const inTwoDays = Date.now() + 48 * HOUR_MS;
    const clock = jest.spyOn(Date, 'now').mockReturnValue(inTwoDays);
    const autoOffsetReset = { durationMs: HOUR_MS };
    await consuming(
      db,
      topic,
      async (consumer) => {
        expect(values(await consumer.poll(LONG_MS))).toEqual(['now']);
      },
      { autoOffsetReset },
    );
    clock.mockRestore();
  });

  it('stands where it was sought to, also where a loop is left then', async () => {
    const db = database.open();
    const topic = await rawTopic(db);
    await put(db, topic, ['a', 'b', 'c', 'd']);
    await consuming(db, topic, async (consumer) => {
      for await (const record of consumer) {
        if (record.offset === 1n) {
          consumer.seek(at(topic), 3n);
          break;
        }
      }
      expect(await consumer.position(at(topic))).toBe(3n);
      expect(values(await consumer.poll(LONG_MS))).toEqual(['d']);
    });
  });

  it('is woken out of a poll, and closed in the middle of one', async () => {
    const db = database.open();
    const topic = await rawTopic(db);
    const consumer = new Consumer(db);
    consumer.assign([at(topic)]);
    const polling = consumer.poll(LONG_MS);
    await expect(consumer.poll(0)).rejects.toMatchObject({
      code: 'NOT_SUPPORTED',
    });
    consumer.wakeup();
    expect(await polling).toEqual([]);
    const next = consumer.poll(LONG_MS);
    await consumer.close();
    expect(await next).toEqual([]);
    await expect(consumer.poll(0)).rejects.toMatchObject({ code: 'CLOSED' });
    await consumer.close();
  });
});
