import {
  afterAll,
  afterEach,
  beforeAll,
  describe,
  expect,
  it,
} from '@jest/globals';
import { Catalogue, deleteRecords } from '#log';
import type { Database } from '#postgres';
import { defineTopic } from '#schemas';
import { useDatabase } from '#testing';
import { Producer } from '../../producer/producer.js';
import { Consumer } from '../consumer.js';
import { at, LONG_MS, put, rawTopic, read } from '../fixtures/raw-topics.js';
import { replay, type ReplayOptions } from './replay.js';

const database = useDatabase({ beforeAll, afterEach, afterAll });

describe('replay', () => {
  it('reads whole topics from the beginning, and ends where they ended when it began', async () => {
    const db = database.open();
    const topic = await rawTopic(db, 2);
    await put(db, topic, ['a', 'b', 'c']);
    await put(db, topic, ['x', 'y'], { partition: 1 });
    const seen: string[] = [];
    for await (const record of replay(db, { topics: [topic] })) {
      seen.push(String(record.value));
      if (seen.length === 1) await put(db, topic, ['later']);
    }
    expect(seen.filter((value) => value < 'x')).toEqual(['a', 'b', 'c']);
    expect(seen.filter((value) => value >= 'x')).toEqual(['x', 'y']);
    const other = await rawTopic(db);
    expect(await replayed(db, { topics: [other] })).toEqual([]);
  });

  it('reads from an offset to before another one, also within a batch', async () => {
    const db = database.open();
    const topic = await rawTopic(db);
    await put(db, topic, ['a', 'b', 'c', 'd']);
    await put(db, topic, ['e', 'f']);
    const partitions = [at(topic)];
    expect(await replayed(db, { partitions, from: 1n, to: 3n })).toEqual([
      'b',
      'c',
    ]);
    expect(await replayed(db, { partitions, from: 3n, to: 99n })).toEqual([
      'd',
      'e',
      'f',
    ]);
    expect(await replayed(db, { partitions, from: 3n, to: 3n })).toEqual([]);
    expect(
      await replayed(db, {
        partitions: [{ ...at(topic), from: 5n }],
        from: 0n,
      }),
    ).toEqual(['f']);
    await expect(replayed(db, { partitions, from: 7n })).rejects.toMatchObject({
      code: 'OFFSET_OUT_OF_RANGE',
    });
    await expect(replayed(db, {})).rejects.toMatchObject({
      code: 'INVALID_VALUE',
    });
  });

  it('reads from a time to before another one', async () => {
    const db = database.open();
    const topic = await rawTopic(db);
    await put(db, topic, ['a', 'b', 'c'], { timestamp: 1_000 });
    await put(db, topic, ['d', 'e'], { timestamp: 2_000 });
    const topics = [topic];
    expect(await replayed(db, { topics, from: 1_001, to: 2_001 })).toEqual([
      'b',
      'c',
      'd',
    ]);
    expect(
      await replayed(db, { topics, from: new Date(1_500), to: 9_000 }),
    ).toEqual(['d', 'e']);
    expect(await replayed(db, { topics, from: 9_000 })).toEqual([]);
  });

  it('reads page by page, however little is read at once, and can be left', async () => {
    const db = database.open();
    const topic = await rawTopic(db, 3);
    for (let n = 0; n < 4; n += 1)
      for (const partition of [0, 1, 2])
        await put(db, topic, [`${partition}${n}`], { partition });
    const little = { fetchMaxBytes: 1, maxPartitionFetchBytes: 1 };
    const all = await replayed(db, { topics: [topic], ...little });
    expect(all.filter((value) => value.startsWith('1'))).toEqual([
      '10',
      '11',
      '12',
      '13',
    ]);
    expect(all).toHaveLength(12);
    for await (const record of replay(db, { topics: [topic], ...little }))
      if (record.offset === 1n) break;
  });

  it('ends also when what it was to read is deleted meanwhile', async () => {
    const db = database.open();
    const topic = await rawTopic(db);
    for (const value of ['a', 'b', 'c', 'd']) await put(db, topic, [value]);
    const seen: bigint[] = [];
    const options = { topics: [topic], maxPartitionFetchBytes: 1 };
    for await (const record of replay(db, options)) {
      seen.push(record.offset);
      if (seen.length === 1)
        await deleteRecords(db, new Catalogue(db), [
          { ...at(topic), before: 4n },
        ]);
    }
    // One page is read ahead.
    expect(seen.length).toBeLessThanOrEqual(2);
  });

  it('gives records decoded, and disturbs no group', async () => {
    const db = database.open();
    const readings = defineTopic('replayed', {
      partitions: 1,
      key: 'string',
      value: {
        type: 'record',
        name: 'Reading',
        fields: [{ name: 'celsius', type: 'double' }],
      },
    });
    const producer = await Producer.open(db, [readings]);
    for (const celsius of [1.5, 2.5])
      await producer.send(readings, { key: 'k', value: { celsius } });
    await producer.close();
    const group = {
      group: 'undisturbed',
      autoOffsetReset: 'earliest',
    } as const;
    const consumer = new Consumer(db, { ...group, maxPollRecords: 1 });
    consumer.subscribe([readings]);
    expect(await read(consumer, 1)).toMatchObject([
      { value: { celsius: 1.5 } },
    ]);
    const values: unknown[] = [];
    for await (const { value } of replay(db, { topics: [readings] }))
      values.push(value);
    expect(values).toEqual([{ celsius: 1.5 }, { celsius: 2.5 }]);
    expect(await consumer.poll(LONG_MS)).toMatchObject([
      { value: { celsius: 2.5 } },
    ]);
    await consumer.close();
  });
});

async function replayed(
  db: Database,
  options: ReplayOptions,
): Promise<string[]> {
  const values: string[] = [];
  for await (const { value } of replay(db, options)) values.push(String(value));
  return values;
}
