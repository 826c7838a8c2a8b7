import {
  afterAll,
  afterEach,
  beforeAll,
  describe,
  expect,
  it,
} from '@jest/globals';
import { encodeRecordBatch } from '#records';
import { useDatabase } from '#testing';
import { append } from './append.js';
import { Catalogue } from './catalogue.js';
import { createTopic, ensureTopic } from './create-topic.js';
import { describeTopic } from './describe-topic.js';
import { listTopics } from './list-topics.js';

const database = useDatabase({ beforeAll, afterEach, afterAll });

describe('topics', () => {
  it('are created, listed by name and described with their offsets', async () => {
    const db = database.open();
    await createTopic(db, { name: 'b', partitions: 2 });
    await createTopic(db, {
      name: 'a',
      config: { 'max.message.bytes': 5_000 },
    });
    expect(
      (await listTopics(db)).map(({ name, partitions, config }) => [
        name,
        partitions.length,
        config.maxMessageBytes,
      ]),
    ).toEqual([
      ['a', 1, 5_000],
      ['b', 2, 1_048_588],
    ]);
    const batch = encodeRecordBatch([{ timestamp: 0, key: null, value: null }]);
    await append(db, new Catalogue(db), [{ topic: 'b', partition: 1, batch }]);
    const described = await describeTopic(db, 'b');
    expect(
      described.partitions.map(({ index, logStartOffset, logEndOffset }) => [
        index,
        logStartOffset,
        logEndOffset,
      ]),
    ).toEqual([
      [0, 0n, 0n],
      [1, 0n, 1n],
    ]);
    await expect(describeTopic(db, 'none')).rejects.toMatchObject({
      code: 'UNKNOWN_TOPIC_OR_PARTITION',
    });
  });

  it('are made once by twenty at a time, and a second creation is refused', async () => {
    const db = database.open();
    const made = await Promise.all(
      Array.from({ length: 20 }, () =>
        ensureTopic(db, { name: 'raced', partitions: 3 }),
      ),
    );
    expect(new Set(made.map(({ id }) => id)).size).toBe(1);
    await expect(createTopic(db, { name: 'raced' })).rejects.toMatchObject({
      code: 'TOPIC_ALREADY_EXISTS',
      message: expect.stringContaining('raced'),
    });
    const kept = await ensureTopic(db, { name: 'raced', partitions: 9 });
    expect(kept.partitions).toHaveLength(3);
  });

  it.each([
    '',
    '.',
    '..',
    'a b',
    'ä',
    'a/b',
    'x'.repeat(250),
    'a;drop table topics',
  ])('are not named %j', async (name) => {
    await expect(createTopic(database.open(), { name })).rejects.toMatchObject({
      code: 'INVALID_TOPIC_EXCEPTION',
    });
  });

  it.each([0, -1, 1.5, 100_001, Number.NaN])(
    'do not have %d partitions',
    async (partitions) => {
      await expect(
        createTopic(database.open(), { name: 'p', partitions }),
      ).rejects.toMatchObject({ code: 'INVALID_PARTITIONS' });
    },
  );

  it.each([
    { 'retention.sm': 1 },
    { 'max.message.bytes': 'much' },
    { 'max.message.bytes': 61 },
  ])('are not configured by %j', async (config) => {
    await expect(
      createTopic(database.open(), { name: 'c', config }),
    ).rejects.toMatchObject({ code: 'INVALID_CONFIG' });
  });

  it('may have ten thousand partitions, each of which can be written', async () => {
    const db = database.open();
    await createTopic(db, { name: 'wide', partitions: 10_000 });
    const batch = encodeRecordBatch([{ timestamp: 0, key: null, value: null }]);
    const last = { topic: 'wide', partition: 9_999, batch };
    expect(await append(db, new Catalogue(db), [last])).toMatchObject([
      { partition: 9_999, baseOffset: 0n },
    ]);
    const { partitions } = await describeTopic(db, 'wide');
    expect(
      partitions.filter(({ logEndOffset }) => logEndOffset > 0n),
    ).toMatchObject([{ index: 9_999 }]);
  });
});
