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
import { encodeRecordBatch, type RecordBatchOptions } from '#records';
import { checkHistory, readLog, useDatabase } from '#testing';
import type { AppendRequest } from './append-request.js';
import { append } from './append.js';
import { Catalogue } from './catalogue.js';
import { createTopic } from './create-topic.js';
import type { Topic } from './topic.js';

const database = useDatabase({ beforeAll, afterEach, afterAll });

function batchOf(
  values: readonly string[],
  options: RecordBatchOptions = {},
): Buffer {
  return encodeRecordBatch(
    values.map((value) => ({
      timestamp: 1_700_000_000_000,
      key: null,
      value: Buffer.from(value),
    })),
    options,
  );
}

async function newTopic(
  db: Database,
  partitions = 1,
  config = {},
): Promise<Topic> {
  return createTopic(db, { name: `t-${randomUUID()}`, partitions, config });
}

function flipped(batch: Buffer, at: number): Buffer {
  const copy = Buffer.from(batch);
  copy[at] = (copy[at] as number) ^ 1;
  return copy;
}

async function recordCount(db: Database, topic: Topic): Promise<number> {
  return (await readLog(db, topic.name)).length;
}

describe('append', () => {
  it('gives gapless offsets in each partition, several partitions in one transaction', async () => {
    const db = database.open();
    const { name } = await newTopic(db, 3);
    const appended = await append(db, new Catalogue(db), [
      { topic: name, partition: 2, batch: batchOf(['a', 'b']) },
      { topic: name, partition: 0, batch: batchOf(['c']) },
      { topic: name, partition: 2, batch: batchOf(['d']) },
    ]);
    expect(
      appended.map(({ partition, baseOffset, lastOffset }) => [
        partition,
        baseOffset,
        lastOffset,
      ]),
    ).toEqual([
      [2, 0n, 1n],
      [0, 0n, 0n],
      [2, 2n, 2n],
    ]);
    const records = await readLog(db, name);
    expect(
      records.map((r) => [r.partition, r.offset, String(r.value)]),
    ).toEqual([
      [0, 0n, 'c'],
      [2, 0n, 'a'],
      [2, 1n, 'b'],
      [2, 2n, 'd'],
    ]);
    const { rows } = await db.query(
      "select count(*)::int as locks from pg_locks where locktype = 'advisory' and database = (select oid from pg_database where datname = current_database())",
    );
    expect(rows).toEqual([{ locks: 0 }]);
  });

  it('does nothing with nothing', async () => {
    const db = database.open();
    expect(await append(db, new Catalogue(db), [])).toEqual([]);
  });

  it('keeps the bytes of a batch as their producer made them', async () => {
    const db = database.open();
    const topic = await newTopic(db);
    const batch = batchOf(['x'.repeat(5_000)], { compression: 'gzip' });
    await append(db, new Catalogue(db), [
      { topic: topic.name, partition: 0, batch },
    ]);
    const { rows } = await db.query(`select batch from postamt.${topic.leaf}`);
    expect(rows[0]?.batch).toEqual(batch);
  });

  it.each([
    [
      'a batch with a flipped bit',
      () => flipped(batchOf(['x']), 65),
      'CORRUPT_MESSAGE',
    ],
    [
      'a batch that is cut off',
      () => batchOf(['x']).subarray(0, -1),
      'CORRUPT_MESSAGE',
    ],
    ['no bytes', () => Buffer.alloc(0), 'CORRUPT_MESSAGE'],
    [
      'two batches in one',
      () => Buffer.concat([batchOf(['x']), batchOf(['y'])]),
      'CORRUPT_MESSAGE',
    ],
    [
      'a control batch',
      () => batchOf(['x'], { isControl: true }),
      'INVALID_RECORD',
    ],
    [
      'a batch over max.message.bytes',
      () => batchOf(['x'.repeat(2_000)]),
      'MESSAGE_TOO_LARGE',
    ],
  ])(
    'refuses %s by name, and nothing that came with it stays',
    async (_, make, code) => {
      const db = database.open();
      const topic = await newTopic(db, 2, { 'max.message.bytes': 1_000 });
      const requests: AppendRequest[] = [
        { topic: topic.name, partition: 0, batch: batchOf(['sound']) },
        { topic: topic.name, partition: 1, batch: make() },
      ];
      await expect(
        append(db, new Catalogue(db), requests),
      ).rejects.toMatchObject({
        code,
        message: expect.stringContaining(`${topic.name}-1`),
      });
      expect(await recordCount(db, topic)).toBe(0);
    },
  );

  it('refuses an unknown topic and a partition that it does not have', async () => {
    const db = database.open();
    const topic = await newTopic(db, 2);
    const catalogue = new Catalogue(db);
    const to = (name: string, partition: number) =>
      append(db, catalogue, [
        { topic: name, partition, batch: batchOf(['x']) },
      ]);
    await expect(to('never made', 0)).rejects.toMatchObject({
      code: 'UNKNOWN_TOPIC_OR_PARTITION',
      message: expect.stringContaining('"never made"'),
    });
    await expect(to(topic.name, 2)).rejects.toMatchObject({
      code: 'UNKNOWN_TOPIC_OR_PARTITION',
      message: expect.stringContaining('no partition 2'),
    });
    await expect(to(topic.name, -1)).rejects.toMatchObject({
      code: 'UNKNOWN_TOPIC_OR_PARTITION',
    });
  });

  it('asks the validator before any SQL', async () => {
    const db = database.open();
    const topic = await newTopic(db);
    const validate = () => {
      throw new Error('not mine');
    };
    const appending = append(
      db,
      new Catalogue(db),
      [{ topic: topic.name, partition: 0, batch: batchOf(['x']) }],
      { validate },
    );
    await expect(appending).rejects.toThrow('not mine');
    expect(await recordCount(db, topic)).toBe(0);
  });

  it('reloads the topic when its leader epoch was raised behind its back', async () => {
    const db = database.open();
    const topic = await newTopic(db, 2);
    const catalogue = new Catalogue(db);
    const both = [0, 1].map((partition) => ({
      topic: topic.name,
      partition,
      batch: batchOf(['x']),
    }));
    await append(db, catalogue, both);
    await db.query(
      'update postamt.partitions set leader_epoch = 7 where id = $1',
      [topic.partitions[1]?.id],
    );
    const appended = await append(db, catalogue, both);
    expect(appended.map(({ baseOffset }) => baseOffset)).toEqual([1n, 1n]);
    const { rows } = await db.query(
      `select leader_epoch from postamt.${topic.leaf} order by partition_id, base_offset`,
    );
    expect(rows.map((row) => row.leader_epoch)).toEqual([0, 0, 0, 7]);
  });

  it('writes into no leaf that is not the active one', async () => {
    const db = database.open();
    const topic = await newTopic(db);
    await db.query(
      'update postamt.partitions set segment_number = 1 where topic_number = $1',
      [topic.number],
    );
    const catalogue = {
      known: () => topic,
      topic: async () => topic,
      reload: async () => topic,
    } as unknown as Catalogue;
    const appending = append(db, catalogue, [
      { topic: topic.name, partition: 0, batch: batchOf(['x']) },
    ]);
    await expect(appending).rejects.toMatchObject({
      code: 'STALE_LEAF',
      message: expect.stringContaining('segment 0'),
    });
  });

  it('keeps offsets gapless under appenders that overlap in any order, without a deadlock', async () => {
    const topic = await newTopic(database.open(), 3);
    const committed: { id: string; key: null; version: number }[] = [];
    const appender = async (writer: number) => {
      const db = database.open();
      const catalogue = new Catalogue(db);
      for (let n = 0; n < 30; n += 1) {
        const partitions = [[0, 1, 2], [2, 0], [1], [2, 1, 0]][
          (writer + n) % 4
        ] as number[];
        const requests = partitions.map((partition) => {
          const id = `${writer}-${n}-${partition}`;
          committed.push({ id, key: null, version: 0 });
          return { topic: topic.name, partition, batch: batchOf([id]) };
        });
        await append(db, catalogue, requests);
      }
    };
    await Promise.all([0, 1, 2, 3, 4, 5].map(appender));
    const log = (await readLog(database.open(), topic.name)).map(
      ({ partition, offset, value }) => ({
        partition,
        offset,
        id: String(value),
      }),
    );
    expect(checkHistory({ committed, log })).toEqual([]);
  });
});
