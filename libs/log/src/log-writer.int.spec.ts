import {
  afterAll,
  afterEach,
  beforeAll,
  describe,
  expect,
  it,
} from '@jest/globals';
import { readLog, useDatabase } from '#testing';
import { Catalogue } from './catalogue.js';
import { batchOf, newTopic } from './fixtures/batches.js';
import { LogWriter } from './log-writer.js';
import { initProducerId } from './producer-id.js';
import { rollSegment } from './roll-segment.js';

const database = useDatabase({ beforeAll, afterEach, afterAll });

async function open(partitions = 2) {
  const db = database.open();
  const topic = await newTopic(db, partitions);
  const writer = new LogWriter(db, new Catalogue(db));
  const request = (value: string, partition = 0) => ({
    topic: topic.name,
    partition,
    batch: batchOf([value]),
  });
  const commits = async () => {
    const { rows } = await db.query(
      `select count(distinct xmin::text)::int as count from postamt.${topic.leaf}`,
    );
    return rows[0]?.count as number;
  };
  return { db, topic, writer, request, commits };
}

describe('LogWriter', () => {
  it('puts what arrives during a flush into the next one, in the order of the calls', async () => {
    const { db, topic, writer, request, commits } = await open();
    const values = Array.from({ length: 500 }, (_, n) => String(n));
    const appended = await Promise.all(
      values.map((value, n) => writer.append([request(value, n % 2)])),
    );
    expect(appended.flat().map(({ baseOffset }) => Number(baseOffset))).toEqual(
      values.map((_, n) => Math.floor(n / 2)),
    );
    expect(await commits()).toBeLessThan(10);
    const log = await readLog(db, topic.name);
    const even = log.filter(({ partition }) => partition === 0);
    expect(even.map(({ value }) => Number(String(value)))).toEqual(
      even.map((_, n) => n * 2),
    );
    await writer.close();
  });

  it('refuses a bad batch of one caller, and none of its neighbours', async () => {
    const { db, topic, writer, request } = await open();
    const corrupt = request('bad');
    corrupt.batch[70] = (corrupt.batch[70] as number) ^ 1;
    const [first, bad, gone, last] = await Promise.allSettled([
      writer.append([request('a')]),
      writer.append([corrupt]),
      writer.append([request('x'), { ...request('y'), partition: 9 }]),
      writer.append([request('b')]),
    ]);
    expect(first.status).toBe('fulfilled');
    expect(bad).toMatchObject({ reason: { code: 'CORRUPT_MESSAGE' } });
    expect(gone).toMatchObject({
      reason: { code: 'UNKNOWN_TOPIC_OR_PARTITION' },
    });
    expect(last.status).toBe('fulfilled');
    const log = await readLog(db, topic.name);
    expect(log.map(({ value }) => String(value))).toEqual(['a', 'b']);
  });

  it('refuses what only the server can tell of one caller, and none of its neighbours', async () => {
    const { db, topic, writer, request } = await open();
    const { producerId } = await initProducerId(db);
    const sequenced = (value: string, baseSequence: number) => ({
      ...request(value),
      batch: batchOf([value], { producerId, producerEpoch: 0, baseSequence }),
    });
    const [, gap, , next] = await Promise.allSettled([
      writer.append([sequenced('a', 0)]),
      writer.append([sequenced('gap', 7)]),
      writer.append([request('b')]),
      writer.append([sequenced('c', 1)]),
    ]);
    expect(gap).toMatchObject({
      reason: { code: 'OUT_OF_ORDER_SEQUENCE_NUMBER' },
    });
    expect(next.status).toBe('fulfilled');
    const log = await readLog(db, topic.name);
    expect(log.map(({ value }) => String(value))).toEqual(['a', 'b', 'c']);
  });

  it('goes on in the next leaf after a roll that it did not see', async () => {
    const { db, topic, writer, request } = await open();
    await writer.append([request('a')]);
    await rollSegment(db, topic.name);
    const appended = await Promise.all(
      ['b', 'c', 'd'].map((value) => writer.append([request(value)])),
    );
    expect(appended.flat().map(({ baseOffset }) => baseOffset)).toEqual([
      1n,
      2n,
      3n,
    ]);
  });

  it('is closed once everything that was handed over is written', async () => {
    const { writer, request } = await open();
    const handed = writer.append([request('a')]);
    await writer.close();
    await expect(handed).resolves.toHaveLength(1);
    await expect(writer.append([request('b')])).rejects.toMatchObject({
      code: 'CLOSED',
    });
  });

  it('takes an empty call', async () => {
    const { writer } = await open();
    expect(await writer.append([])).toEqual([]);
  });
});
