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
import { fetch } from './fetch.js';
import type { FetchedPartition, FetchRequest } from './fetch-request.js';
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
  const [read] = await fetch(db, new Catalogue(db), [
    { topic: topic.name, partition: 0, offset: 0n, ...request },
  ]);
  return read as FetchedPartition;
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
    expect((await fetchOne(db, topic, { offset: 7n })).error).toMatchObject({
      code: 'OFFSET_OUT_OF_RANGE',
      message: expect.stringMatching(/offset 7 .*0 to 6/),
    });
    await db.query(
      'update postamt.partitions set log_start_offset = 3 where id = $1',
      [topic.partitions[0]?.id],
    );
    expect(await fetchOne(db, topic, { offset: 2n })).toMatchObject({
      error: { code: 'OFFSET_OUT_OF_RANGE' },
      logStartOffset: 3n,
      logEndOffset: 6n,
      batches: [],
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
    const read = await fetch(
      db,
      new Catalogue(db),
      [
        { partition: 0, offset: 2n },
        { partition: 1, offset: 0n },
        { partition: 0, offset: 0n, maxBytes: 1 },
      ].map((request) => ({ topic: topic.name, ...request })),
    );
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
    expect(await fetch(db, new Catalogue(db), [])).toEqual([]);
  });

  it('names both edges of a hole, once what stands before it was read', async () => {
    const db = database.open();
    const topic = await filled(db, [2, 3, 2]);
    await db.query(`delete from postamt.${topic.leaf} where base_offset = 2`);
    const failure = {
      code: 'LOG_HOLE',
      message: expect.stringContaining(
        `${topic.name}-0 lacks the offsets 2 to 4`,
      ),
    };
    expect(await fetchOne(db, topic)).toMatchObject({ nextOffset: 2n });
    expect((await fetchOne(db, topic, { offset: 2n })).error).toMatchObject(
      failure,
    );
  });

  it('names a batch whose stored bytes were damaged', async () => {
    const db = database.open();
    const topic = await filled(db, [2, 2]);
    await db.query(
      `update postamt.${topic.leaf} set batch = set_byte(batch, 70, get_byte(batch, 70) # 1) where base_offset = 2`,
    );
    expect(bases(await fetchOne(db, topic))).toEqual([0n]);
    const read = await fetchOne(db, topic, { offset: 2n });
    expect(read).toMatchObject({ batches: [], nextOffset: 2n });
    expect(read.error).toMatchObject({
      code: 'CORRUPT_MESSAGE',
      message: expect.stringContaining(`${topic.name}-0@2`),
    });
  });

  it('reads around a damaged batch where that was asked for, and says which it left out', async () => {
    const db = database.open();
    const topic = await filled(db, [2, 2, 2]);
    await db.query(
      `update postamt.${topic.leaf} set batch = '\\x00' where base_offset = 2`,
    );
    const [read] = await fetch(
      db,
      new Catalogue(db),
      [{ topic: topic.name, partition: 0, offset: 0n }],
      { onCorrupt: 'skip' },
    );
    expect(bases(read as FetchedPartition)).toEqual([0n, 4n]);
    expect(read).toMatchObject({
      skipped: [{ baseOffset: 2n, lastOffset: 3n }],
      nextOffset: 6n,
    });
  });

  it('names a batch whose row says another length than its bytes', async () => {
    const db = database.open();
    const topic = await filled(db, [2]);
    await db.query(`update postamt.${topic.leaf} set last_offset = 5`);
    expect((await fetchOne(db, topic)).error).toMatchObject({
      code: 'CORRUPT_MESSAGE',
    });
  });

  it('gives what is wrong with one partition beside what the others hold', async () => {
    const db = database.open();
    const topic = await filled(db, [2]);
    const read = await fetch(db, new Catalogue(db), [
      { topic: 'no-such-topic', partition: 0, offset: 0n },
      { topic: topic.name, partition: 7, offset: 0n },
      { topic: topic.name, partition: 1, offset: 5n },
      { topic: topic.name, partition: 0, offset: 0n },
    ]);
    expect(read.map(({ error }) => error?.code)).toEqual([
      'UNKNOWN_TOPIC_OR_PARTITION',
      'UNKNOWN_TOPIC_OR_PARTITION',
      'OFFSET_OUT_OF_RANGE',
      undefined,
    ]);
    expect(bases(read[3] as FetchedPartition)).toEqual([0n]);
  });

  it('reads several topics in one call, and no more than all of them together may give', async () => {
    const db = database.open();
    const topics = [
      await filled(db, [10, 10]),
      await filled(db, []),
      await filled(db, [10, 10]),
      await filled(db, [10]),
    ];
    const requests = topics.map(({ name }) => ({
      topic: name,
      partition: 0,
      offset: 0n,
    }));
    const within = async (maxBytes: number) => {
      const read = await fetch(db, new Catalogue(db), requests, { maxBytes });
      return read.map((each) => bases(each));
    };
    expect(await within(1)).toEqual([[0n], [], [], []]);
    expect(await within(2_500)).toEqual([[0n, 10n], [], [0n], []]);
    expect(await within(1e6)).toEqual([[0n, 10n], [], [0n, 10n], [0n]]);
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
    ).toHaveLength(2_000);
    expect(await readLog(db, topic.name)).toHaveLength(2_500);
  });

  it('finds its batches by the key, in order, in a leaf without statistics, empty or full', async () => {
    const db = database.open();
    const topic = await filled(db, []);
    const id = topic.partitions[0]?.id as number;
    const plan = async () => {
      const segment = { number: topic.segmentNumber, leaf: topic.leaf };
      const positions = [
        { request: 0, partitionId: id, offset: 100n, maxBytes: 1_000 },
      ];
      const { number: topicNumber } = topic;
      const select = fetchBatches(db.schema, [
        { topicNumber, active: segment, segment, standbys: 0, positions },
      ]);
      const { rows } = await db.query(`explain (analyze) ${select}`);
      return rows.map((row) => row['QUERY PLAN']).join('\n');
    };
    expect(await plan()).not.toContain(`Seq Scan on ${topic.leaf}`);
    await db.query(
      `insert into postamt.${topic.leaf}
      select $1, n, n, 0, 1, 0, 0, -1, -1, -1, '\\x00' from generate_series(0, 49999) as n`,
      [id],
    );
    const full = await plan();
    expect(full).not.toContain(`Seq Scan on ${topic.leaf}`);
    // However long the leaf is, a fetch looks at no more batches than about twice what it gives.
    const looked = [...full.matchAll(/actual time=\S+ rows=(\d+)/g)].map(
      ([, rows]) => Number(rows),
    );
    expect(Math.max(...looked)).toBeLessThanOrEqual(2_004);
  });
});
