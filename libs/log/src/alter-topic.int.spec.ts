import {
  afterAll,
  afterEach,
  beforeAll,
  describe,
  expect,
  it,
} from '@jest/globals';
import { useDatabase, waitFor } from '#testing';
import { addPartitions } from './add-partitions.js';
import { alterTopic, alterTopicDefaults } from './alter-topic.js';
import { append } from './append.js';
import { Catalogue } from './catalogue.js';
import { createTopic } from './create-topic.js';
import { deleteTopic } from './delete-topic.js';
import { describeTopic } from './describe-topic.js';
import { batchOf, newTopic } from './fixtures/batches.js';
import { listTopics } from './list-topics.js';
import { rollSegment } from './roll-segment.js';

const database = useDatabase({ beforeAll, afterEach, afterAll });

describe('A configuration', () => {
  it('is the topic’s where it says something, or else the installation’s, or else Kafka’s', async () => {
    const db = database.open();
    const { name } = await newTopic(db, 1, { 'segment.ms': 1_000 });
    await alterTopicDefaults(db, {
      set: { 'segment.ms': 2_000, 'retention.ms': 3_000 },
    });
    const { config, overrides } = await describeTopic(db, name);
    expect(overrides).toEqual({ 'segment.ms': 1_000 });
    expect(config).toMatchObject({
      segmentMs: 1_000,
      retentionMs: 3_000,
      maxMessageBytes: 1_048_588,
    });
    const { config: altered } = await alterTopic(db, name, {
      set: { 'cleanup.policy': 'compact,delete' },
      unset: ['segment.ms'],
    });
    expect(altered).toMatchObject({
      segmentMs: 2_000,
      cleanupPolicy: ['delete', 'compact'],
    });
    await alterTopicDefaults(db, { unset: ['segment.ms', 'retention.ms'] });
  });

  it.each([
    { set: { 'retention.sm': 1 } },
    { set: { 'retention.ms': -2 } },
    { set: { 'segment.bytes': 100 } },
    { set: { 'cleanup.policy': 'shred' } },
    { set: { 'min.insync.replicas': 0 } },
    { set: { 'compression.type': 'rar' } },
    { set: { 'min.cleanable.dirty.ratio': 1.5 } },
    { set: { 'message.timestamp.type': 'NoTime' } },
    { unset: ['retention.sm'] },
    { set: { 'retention.ms': 1 }, unset: ['retention.ms'] },
  ])('is not changed by %j', async (change) => {
    const db = database.open();
    const { name } = await newTopic(db);
    const refused = { code: 'INVALID_CONFIG' };
    await expect(alterTopic(db, name, change)).rejects.toMatchObject(refused);
    await expect(alterTopicDefaults(db, change)).rejects.toMatchObject(refused);
    expect((await describeTopic(db, name)).overrides).toEqual({});
  });

  it('of a topic that is not there is refused', async () => {
    await expect(
      alterTopic(database.open(), 'nowhere', {}),
    ).rejects.toMatchObject({ code: 'UNKNOWN_TOPIC_OR_PARTITION' });
  });
});

describe('More partitions', () => {
  it('begin at offset 0 behind any number of rolls, and are written at once', async () => {
    const db = database.open();
    const topic = await newTopic(db, 1);
    const catalogue = new Catalogue(db);
    const to = (partition: number) => ({
      topic: topic.name,
      partition,
      batch: batchOf(['x']),
    });
    await append(db, catalogue, [to(0)]);
    await rollSegment(db, topic.name);
    const widened = await addPartitions(db, topic.name, 3);
    expect(widened.partitions.map(({ index }) => index)).toEqual([0, 1, 2]);
    const appended = await append(db, catalogue, [to(0), to(2)]);
    expect(appended.map(({ baseOffset }) => baseOffset)).toEqual([1n, 0n]);
    await rollSegment(db, topic.name);
    const { partitions } = await describeTopic(db, topic.name);
    expect(partitions.map(({ logEndOffset }) => logEndOffset)).toEqual([
      2n,
      0n,
      1n,
    ]);
  });

  it.each([0, 2, 3, 1.5, 100_001, Number.NaN])(
    'are not fewer, not the same, not %p',
    async (total) => {
      const db = database.open();
      const { name } = await newTopic(db, 3);
      await expect(addPartitions(db, name, total)).rejects.toMatchObject({
        code: 'INVALID_PARTITIONS',
      });
    },
  );

  it('come once, from those who add them at the same moment', async () => {
    const db = database.open();
    const { name } = await newTopic(db, 1);
    // Who comes late finds them there.
    const added = await Promise.allSettled(
      [4, 4, 4].map((n) => addPartitions(db, name, n)),
    );
    expect(added.map(({ status }) => status)).toContain('fulfilled');
    expect((await describeTopic(db, name)).partitions).toHaveLength(4);
  });
});

describe('A topic that is deleted', () => {
  it('is gone at once, for writers that know it still too, and gives its name free', async () => {
    const db = database.open();
    const topic = await newTopic(db);
    const catalogue = new Catalogue(db);
    const request = {
      topic: topic.name,
      partition: 0,
      batch: batchOf(['old']),
    };
    await append(db, catalogue, [request]);
    await deleteTopic(db, topic.name);
    const names = (await listTopics(db)).map(({ name }) => name);
    expect(names).not.toContain(topic.name);
    const unknown = { code: 'UNKNOWN_TOPIC_OR_PARTITION' };
    await expect(append(db, catalogue, [request])).rejects.toMatchObject(
      unknown,
    );
    await expect(deleteTopic(db, topic.name)).rejects.toMatchObject(unknown);
    const again = await createTopic(db, { name: topic.name });
    expect(again.id).not.toBe(topic.id);
    expect(await append(db, catalogue, [request])).toMatchObject([
      { baseOffset: 0n },
    ]);
  });

  it('leaves its leaves to be dropped', async () => {
    const db = database.open();
    const topic = await newTopic(db);
    await rollSegment(db, topic.name);
    await deleteTopic(db, topic.name);
    await waitFor('its leaves to be retired', async () => {
      const { rows } = await db.query(
        'select leaf from postamt.retired_leaves where leaf like $1',
        [`log\\_${topic.number}\\_%`],
      );
      return rows.length === 2;
    });
  });
});
