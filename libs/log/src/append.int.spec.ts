import {
  afterAll,
  afterEach,
  beforeAll,
  describe,
  expect,
  it,
} from '@jest/globals';
import { encodeRecordBatch } from '#records';
import { readLog, useDatabase } from '#testing';
import { append } from './append.js';
import { Catalogue } from './catalogue.js';
import { createTopic } from './create-topic.js';
import { fetch } from './fetch.js';

const database = useDatabase({ beforeAll, afterEach, afterAll });

function batchOf(...values: string[]): Buffer {
  return encodeRecordBatch(
    values.map((value) => ({
      timestamp: 1_700_000_000_000,
      key: null,
      value: Buffer.from(value),
    })),
  );
}

describe('append and fetch', () => {
  it('gives gapless offsets in each partition, several partitions in one transaction', async () => {
    const db = database.open();
    const catalogue = new Catalogue(db);
    await createTopic(db, { name: 'gapless', partitions: 3 });
    const first = await append(db, catalogue, [
      { topic: 'gapless', partition: 2, batch: batchOf('a', 'b') },
      { topic: 'gapless', partition: 0, batch: batchOf('c') },
      { topic: 'gapless', partition: 2, batch: batchOf('d') },
    ]);
    expect(
      first.map(({ partition, baseOffset }) => [partition, baseOffset]),
    ).toEqual([
      [2, 0n],
      [0, 0n],
      [2, 2n],
    ]);
    const records = await readLog(db, 'gapless');
    expect(
      records.map((r) => [r.partition, r.offset, String(r.value)]),
    ).toEqual([
      [0, 0n, 'c'],
      [2, 0n, 'a'],
      [2, 1n, 'b'],
      [2, 2n, 'd'],
    ]);
    const [mid] = await fetch(db, catalogue, 'gapless', [
      { partition: 2, offset: 1n },
    ]);
    expect(mid?.batches.map((b) => b.baseOffset)).toEqual([0n, 2n]);
    expect(mid?.logEndOffset).toBe(3n);
  });
});
