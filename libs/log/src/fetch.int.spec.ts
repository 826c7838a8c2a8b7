import {
  afterAll,
  afterEach,
  beforeAll,
  describe,
  expect,
  it,
} from '@jest/globals';
import { randomUUID } from 'node:crypto';
import type { Database } from '#postgres';
import { decodeRecordBatch, encodeRecordBatch } from '#records';
import { readLog, useDatabase } from '#testing';
import { append } from './append.js';
import { Catalogue } from './catalogue.js';
import { createTopic } from './create-topic.js';
import { fetch, type FetchRequest } from './fetch.js';
import { fetchBatches } from './sql/fetch-batches.js';
import type { Topic } from './topic.js';

const database = useDatabase({ beforeAll, afterEach, afterAll });

/** A topic whose partition 0 has batches of these sizes, in records. */
async function filled(
  db: Database,
  sizes: readonly number[],
  partitions = 2,
): Promise<Topic> {
  const topic = await createTopic(db, {
    name: `t-${randomUUID()}`,
    partitions,
  });
  const catalogue = new Catalogue(db);
  for (const size of sizes) {
    const records = Array.from({ length: size }, () => ({
      timestamp: 0,
      key: null,
      value: Buffer.alloc(100),
    }));
    await append(db, catalogue, [
      { topic: topic.name, partition: 0, batch: encodeRecordBatch(records) },
    ]);
  }
  return topic;
}

async function fetchOne(
  db: Database,
  topic: Topic,
  request: Partial<FetchRequest> = {},
) {
  const [read] = await fetch(db, new Catalogue(db), topic.name, [
    { partition: 0, offset: 0n, ...request },
  ]);
  return read;
}

const bases = (read: Awaited<ReturnType<typeof fetchOne>>) =>
  read?.batches.map(({ baseOffset }) => baseOffset);

describe('fetch', () => {
  it('begins with the batch that holds the offset, its base offset and epoch filled in', async () => {
    const db = database.open();
    const topic = await filled(db, [3, 2, 4]);
    const read = await fetchOne(db, topic, { offset: 4n });
    expect(bases(read)).toEqual([3n, 5n]);
    const { header, records } = decodeRecordBatch(
      read?.batches[0]?.bytes as Buffer,
    );
    expect(header.partitionLeaderEpoch).toBe(0);
    expect(records.map(({ offset }) => offset)).toEqual([3n, 4n]);
    expect(read).toMatchObject({ logStartOffset: 0n, logEndOffset: 9n });
  });

  it('gives nothing at the end of the log, and of a partition that is empty', async () => {
    const db = database.open();
    const topic = await filled(db, [3]);
    expect(await fetchOne(db, topic, { offset: 3n })).toMatchObject({
      batches: [],
      logEndOffset: 3n,
    });
    expect(await fetchOne(db, topic, { partition: 1 })).toMatchObject({
      batches: [],
      logEndOffset: 0n,
    });
  });

  it('refuses an offset out of range, with the range', async () => {
    const db = database.open();
    const topic = await filled(db, [3, 3]);
    await expect(fetchOne(db, topic, { offset: 7n })).rejects.toMatchObject({
      code: 'OFFSET_OUT_OF_RANGE',
      message: expect.stringMatching(/offset 7 .*0 to 6/),
    });
    await db.query(
      'update postamt.partitions set log_start_offset = 3 where id = $1',
      [topic.partitions[0]?.id],
    );
    await expect(fetchOne(db, topic, { offset: 2n })).rejects.toMatchObject({
      code: 'OFFSET_OUT_OF_RANGE',
    });
    expect(bases(await fetchOne(db, topic, { offset: 3n }))).toEqual([3n]);
  });

  it('stops behind about as many bytes as were asked for, and always gives the first batch', async () => {
    const db = database.open();
    const topic = await filled(db, [10, 10, 10]);
    expect(bases(await fetchOne(db, topic, { maxBytes: 1 }))).toEqual([0n]);
    expect(bases(await fetchOne(db, topic, { maxBytes: 1_500 }))).toEqual([
      0n,
      10n,
    ]);
    expect(bases(await fetchOne(db, topic, { maxBytes: 10_000 }))).toEqual([
      0n,
      10n,
      20n,
    ]);
  });

  it('reads only what lies wholly below upTo', async () => {
    const db = database.open();
    const topic = await filled(db, [3, 3]);
    expect(bases(await fetchOne(db, topic, { upTo: 6n }))).toEqual([0n, 3n]);
    expect(bases(await fetchOne(db, topic, { upTo: 5n }))).toEqual([0n]);
    expect(bases(await fetchOne(db, topic, { upTo: 0n }))).toEqual([]);
  });

  it('answers each of several positions by itself', async () => {
    const db = database.open();
    const topic = await filled(db, [2, 2]);
    const read = await fetch(db, new Catalogue(db), topic.name, [
      { partition: 0, offset: 2n },
      { partition: 1, offset: 0n },
      { partition: 0, offset: 0n, maxBytes: 1 },
    ]);
    expect(
      read.map(({ partition, batches }) => [
        partition,
        batches.map(({ baseOffset }) => baseOffset),
      ]),
    ).toEqual([
      [0, [2n]],
      [1, []],
      [0, [0n]],
    ]);
    expect(await fetch(db, new Catalogue(db), topic.name, [])).toEqual([]);
  });

  it('names both edges of a hole', async () => {
    const db = database.open();
    const topic = await filled(db, [2, 3, 2]);
    await db.query(`delete from postamt.${topic.leaf} where base_offset = 2`);
    const failure = {
      code: 'LOG_HOLE',
      message: expect.stringContaining(
        `${topic.name}-0 lacks the offsets 2 to 4`,
      ),
    };
    await expect(fetchOne(db, topic)).rejects.toMatchObject(failure);
    await expect(fetchOne(db, topic, { offset: 2n })).rejects.toMatchObject(
      failure,
    );
  });

  it('names a batch whose stored bytes were damaged', async () => {
    const db = database.open();
    const topic = await filled(db, [2, 2]);
    await db.query(
      `update postamt.${topic.leaf} set batch = set_byte(batch, 70, get_byte(batch, 70) # 1) where base_offset = 2`,
    );
    await expect(fetchOne(db, topic)).rejects.toMatchObject({
      code: 'CORRUPT_MESSAGE',
      message: expect.stringContaining(`${topic.name}-0@2`),
    });
    expect(bases(await fetchOne(db, topic, { maxBytes: 1 }))).toEqual([0n]);
  });

  it('names a batch whose row says another length than its bytes', async () => {
    const db = database.open();
    const topic = await filled(db, [2]);
    await db.query(`update postamt.${topic.leaf} set last_offset = 5`);
    await expect(fetchOne(db, topic)).rejects.toMatchObject({
      code: 'CORRUPT_MESSAGE',
    });
  });

  it('reads on behind the most batches that one fetch gives', async () => {
    const db = database.open();
    const topic = await filled(db, [1]);
    await db.query(
      `insert into postamt.${topic.leaf}
      select partition_id, n, n, leader_epoch, record_count, max_timestamp, attributes, producer_id, producer_epoch, base_sequence, batch
      from postamt.${topic.leaf}, generate_series(1, 2499) as n`,
    );
    expect(
      (await fetchOne(db, topic, { maxBytes: 1e9 }))?.batches,
    ).toHaveLength(1_000);
    expect(await readLog(db, topic.name)).toHaveLength(2_500);
  });

  it('finds its batches by the key, in a leaf without statistics, empty or full', async () => {
    const db = database.open();
    const topic = await filled(db, []);
    const plan = async () => {
      const select = fetchBatches(db.schema, topic.leaf, [
        {
          partitionId: topic.partitions[0]?.id as number,
          offset: 100n,
          maxBytes: 1_000,
        },
      ]);
      const { rows } = await db.query(`explain ${select}`);
      return rows.map((row) => row['QUERY PLAN']).join('\n');
    };
    expect(await plan()).not.toContain(`Seq Scan on ${topic.leaf}`);
    await db.query(
      `insert into postamt.${topic.leaf}
      select $1, n, n, 0, 1, 0, 0, -1, -1, -1, '\\x00' from generate_series(0, 4999) as n`,
      [topic.partitions[0]?.id],
    );
    expect(await plan()).not.toContain(`Seq Scan on ${topic.leaf}`);
  });
});
