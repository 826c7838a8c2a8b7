import {
  afterAll,
  afterEach,
  beforeAll,
  describe,
  expect,
  it,
} from '@jest/globals';
import {
  COMPRESSIONS,
  encodeRecordBatch,
  readBatchHeader,
  type RecordInput,
} from '#records';
import { readLog, useDatabase } from '#testing';
import { append } from './append.js';
import { Catalogue } from './catalogue.js';
import { fetch } from './fetch.js';
import { newTopic } from './fixtures/batches.js';
import type { ConfigEntries } from './topic-config.js';

const database = useDatabase({ beforeAll, afterEach, afterAll });

const HOUR_MS = 3_600_000;

function recordAt(timestamp: number, key: string | null = 'k'): RecordInput {
  return {
    timestamp,
    key: key === null ? null : Buffer.from(key),
    value: null,
  };
}

async function open(config: ConfigEntries) {
  const db = database.open();
  const { name } = await newTopic(db, 1, config);
  const catalogue = new Catalogue(db);
  return {
    appendBatch: async (batch: Buffer) => {
      const [appended] = await append(db, catalogue, [
        { topic: name, partition: 0, batch },
      ]);
      return appended;
    },
    stored: async () => {
      const [read] = await fetch(db, catalogue, [
        { topic: name, partition: 0, offset: 0n },
      ]);
      return read?.batches[0]?.bytes as Buffer;
    },
    records: () => readLog(db, name),
  };
}

describe('A topic with compression.type', () => {
  it.each([
    ['uncompressed', 'none'],
    ['gzip', 'gzip'],
    ['snappy', 'snappy'],
    ['lz4', 'lz4'],
    ['zstd', 'zstd'],
  ])('%s stores each batch as %s, whatever it came in', async (type, kept) => {
    const topic = await open({ 'compression.type': type });
    const records = Array.from({ length: 50 }, () => recordAt(Date.now()));
    for (const compression of COMPRESSIONS)
      await topic.appendBatch(encodeRecordBatch(records, { compression }));
    expect(readBatchHeader(await topic.stored()).compression).toBe(kept);
    expect(await topic.records()).toHaveLength(250);
  });

  it('producer stores the bytes as they came', async () => {
    const topic = await open({});
    const batch = encodeRecordBatch([recordAt(Date.now())], {
      compression: 'lz4',
    });
    await topic.appendBatch(batch);
    expect((await topic.stored()).subarray(16)).toEqual(batch.subarray(16));
  });
});

describe('A topic with message.timestamp.type LogAppendTime', () => {
  it('stamps all records with the time of the append, and answers with it', async () => {
    const topic = await open({ 'message.timestamp.type': 'LogAppendTime' });
    const before = Date.now();
    const batch = encodeRecordBatch([recordAt(7), recordAt(9)]);
    const { logAppendTime } = (await topic.appendBatch(batch)) ?? {};
    expect(logAppendTime).toBeGreaterThanOrEqual(before);
    const records = await topic.records();
    expect(records.map(({ timestamp }) => timestamp)).toEqual([
      logAppendTime,
      logAppendTime,
    ]);
  });
});

describe('A topic takes timestamps', () => {
  it('up to an hour ahead of the clock by default', async () => {
    const topic = await open({});
    const far = encodeRecordBatch([recordAt(Date.now() + 2 * HOUR_MS)]);
    await expect(topic.appendBatch(far)).rejects.toMatchObject({
      code: 'INVALID_TIMESTAMP',
      message: expect.stringContaining('message.timestamp.after.max.ms'),
    });
    const near = encodeRecordBatch([recordAt(Date.now() + HOUR_MS / 2)]);
    await expect(topic.appendBatch(near)).resolves.toBeDefined();
    const old = encodeRecordBatch([recordAt(0)]);
    await expect(topic.appendBatch(old)).resolves.toBeDefined();
  });

  it('no older than message.timestamp.before.max.ms, each of its records', async () => {
    const topic = await open({ 'message.timestamp.before.max.ms': HOUR_MS });
    const batch = encodeRecordBatch([
      recordAt(Date.now()),
      recordAt(Date.now() - 2 * HOUR_MS),
    ]);
    await expect(topic.appendBatch(batch)).rejects.toMatchObject({
      code: 'INVALID_TIMESTAMP',
    });
    const none = encodeRecordBatch([recordAt(-1)]);
    await expect(topic.appendBatch(none)).resolves.toBeDefined();
  });
});

describe('A compacted topic', () => {
  it('refuses a record without a key', async () => {
    const topic = await open({ 'cleanup.policy': 'compact' });
    const batch = encodeRecordBatch([
      recordAt(Date.now()),
      recordAt(Date.now(), null),
    ]);
    await expect(topic.appendBatch(batch)).rejects.toMatchObject({
      code: 'INVALID_RECORD',
    });
  });
});
