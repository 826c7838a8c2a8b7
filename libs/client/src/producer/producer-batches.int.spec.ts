import {
  afterAll,
  afterEach,
  beforeAll,
  describe,
  expect,
  it,
} from '@jest/globals';
import { randomBytes } from 'node:crypto';
import { addPartitions, createTopic } from '#log';
import type { Database } from '#postgres';
import { COMPRESSIONS, readBatchHeader } from '#records';
import { readLog, useDatabase, waitFor } from '#testing';
import {
  failureOf,
  leafOf,
  partitionIds,
  valuesByPartition,
} from './fixtures/log-contents.js';
import { Producer } from './producer.js';
import type { ProducerOptions } from './producer-options.js';
import { rawTopic, type RawTopic } from './raw-topic.js';

const database = useDatabase({ beforeAll, afterEach, afterAll });

const textTopic = (name: string, partitions = 1, config = {}) =>
  rawTopic(name, {
    partitions,
    config,
    keySerializer: (key: string) => Buffer.from(key),
    valueSerializer: (value: string) => Buffer.from(value),
  });

async function open<Key, Value>(
  topic: RawTopic<Key, Value>,
  options?: ProducerOptions,
) {
  const db = database.open();
  return { db, producer: await Producer.open(db, [topic], options) };
}

const numbered = (count: number, more: object = {}) =>
  Array.from({ length: count }, (_, n) => ({ value: String(n), ...more }));

/** Runs `body` while nobody can append to that partition. */
async function whileHeld(
  db: Database,
  topic: string,
  body: () => Promise<void>,
): Promise<void> {
  const ids = await partitionIds(db, topic);
  await db.transaction(async (holder) => {
    await holder.lock('partition', ids);
    await body();
  });
}

describe('What makes a batch', () => {
  it('lingers until it is asked for', async () => {
    const topic = textTopic('linger');
    const { db, producer } = await open(topic, { lingerMs: 600_000 });
    const first = producer.send(topic, { value: 'a' });
    await new Promise((resolve) => setImmediate(resolve));
    const second = producer.send(topic, { value: 'b' });
    await db.query('select 1');
    expect(producer.metrics).toMatchObject({ batches: 0, inFlight: 0 });
    expect(producer.metrics.bufferedBytes).toBeGreaterThan(61);
    await producer.flush();
    expect(producer.metrics).toMatchObject({ batches: 1, bufferedBytes: 0 });
    expect(await Promise.all([first, second])).toMatchObject([
      [{ offset: 0n }],
      [{ offset: 1n }],
    ]);
    await producer.close();
  });

  it('lingers for so long and no longer', async () => {
    const topic = textTopic('linger-short');
    const { producer } = await open(topic, { lingerMs: 20 });
    const sent = await Promise.all([
      producer.send(topic, { value: 'a' }),
      producer.send(topic, { value: 'b' }),
    ]);
    expect(sent.flat()).toHaveLength(2);
    expect(producer.metrics.batches).toBe(1);
    await producer.close();
  });

  it('is full at batchSize, and does not linger then', async () => {
    const topic = textTopic('full');
    const options = { lingerMs: 600_000, batchSize: 300 };
    const { producer } = await open(topic, options);
    const value = 'x'.repeat(100);
    const sends = [1, 2, 3, 4, 5].map(() => producer.send(topic, { value }));
    await Promise.all(sends.slice(0, 4));
    expect(producer.metrics).toMatchObject({ batches: 2, recordsSent: 4 });
    await producer.close();
    await sends[4];
    expect(producer.metrics).toMatchObject({ batches: 3, recordsSent: 5 });
  });

  it('is what came while another one was under way', async () => {
    const topic = textTopic('meanwhile');
    const { db, producer } = await open(topic);
    const sends: Promise<unknown>[] = [
      producer.send(topic, { value: 'before' }),
    ];
    await producer.flush();
    await whileHeld(db, 'meanwhile', async () => {
      sends.push(producer.send(topic, { value: 'first' }));
      await waitFor('it to be out', () => producer.metrics.inFlight === 1);
      for (const record of numbered(50))
        sends.push(producer.send(topic, record));
    });
    await Promise.all(sends);
    expect(producer.metrics).toMatchObject({ batches: 3, recordsSent: 52 });
    await producer.close();
  });

  it.each(COMPRESSIONS)('is packed with %s', async (compressionType) => {
    const topic = textTopic(`packed-${compressionType}`);
    const { db, producer } = await open(topic, { compressionType });
    await producer.send(topic, numbered(100));
    const { rows } = await db.query(
      `select batch from ${await leafOf(db, topic.name)}`,
    );
    expect(rows.map((row) => readBatchHeader(row.batch as Buffer))).toEqual([
      expect.objectContaining({ compression: compressionType }),
    ]);
    expect(await valuesByPartition(db, topic.name)).toEqual([
      numbered(100).map(({ value }) => value),
    ]);
    await producer.close();
  });

  it('is split where packing made it too large', async () => {
    const topic = rawTopic('split', { config: { 'max.message.bytes': 1_000 } });
    const { db, producer } = await open(topic, { compressionType: 'gzip' });
    const values = Array.from({ length: 18 }, () => randomBytes(95));
    const sent = await producer.send(
      topic,
      values.map((value) => ({ value, timestamp: 0 })),
    );
    expect(producer.metrics.retries).toBeGreaterThan(0);
    expect(sent.map(({ offset }) => offset)).toEqual(
      values.map((_, n) => BigInt(n)),
    );
    const log = await readLog(db, 'split');
    expect(log.map(({ value }) => value)).toEqual(values);
    expect(producer.metrics.bufferedBytes).toBe(0);
    await producer.close();
  });
});

describe('One bad record', () => {
  it('that is larger than its topic allows fails alone, by name', async () => {
    const topic = textTopic('large', 1, { 'max.message.bytes': 1_000 });
    const { db, producer } = await open(topic);
    const bulk = failureOf(
      producer.send(topic, [
        { value: 'a' },
        { value: 'x'.repeat(2_000) },
        { value: 'b' },
      ]),
    );
    const neighbour = producer.send(topic, { value: 'c' });
    expect(await bulk).toMatchObject({
      code: 'MESSAGE_TOO_LARGE',
      message: expect.stringMatching(
        /^records\[1\]: 1 record for large-0: .*max\.message\.bytes, 1000 \(2 of the 3 records of this call were written\)$/,
      ),
    });
    await neighbour;
    expect(await valuesByPartition(db, 'large')).toEqual([['a', 'b', 'c']]);
    await producer.close();
  });

  it('that is larger than a request is refused with its call, before anything', async () => {
    const topic = textTopic('huge');
    const { db, producer } = await open(topic, { maxRequestSize: 1_000 });
    const records = [{ value: 'a' }, { value: 'x'.repeat(1_000) }];
    await expect(producer.send(topic, records)).rejects.toMatchObject({
      code: 'MESSAGE_TOO_LARGE',
      message: expect.stringMatching(/^records\[1\]: .*maxRequestSize, 1000$/),
    });
    expect(await readLog(db, 'huge')).toEqual([]);
    await producer.close();
  });

  it('does not fail the calls beside it', async () => {
    const topic = textTopic('beside');
    const { db, producer } = await open(topic);
    const bad = { value: 'c', timestamp: -1 };
    const sends = [
      producer.send(topic, { value: 'a' }),
      failureOf(producer.send(topic, [{ value: 'c' }, bad])),
      producer.send(topic, { value: 'b' }),
    ];
    const [, failure] = await Promise.all(sends);
    expect(failure).toMatchObject({
      code: 'INVALID_VALUE',
      message: expect.stringMatching(/^records\[1\]: .* the timestamp -1/),
    });
    expect(await valuesByPartition(db, 'beside')).toEqual([['a', 'b']]);
    await producer.close();
  });

  it('whose timestamp the topic refuses fails its own call in the batch, and no other', async () => {
    const topic = textTopic('future', 1, {
      'message.timestamp.after.max.ms': 3_600_000,
    });
    const { db, producer } = await open(topic, { lingerMs: 600_000 });
    const timestamp = Date.now() + 7_200_000;
    const sends = numbered(20).map((record) => producer.send(topic, record));
    const failure = failureOf(
      producer.send(topic, [{ value: 'a' }, { value: 'b', timestamp }]),
    );
    sends.push(...numbered(20).map((record) => producer.send(topic, record)));
    await producer.flush();
    await Promise.all(sends);
    expect(await failure).toMatchObject({
      code: 'INVALID_TIMESTAMP',
      message: expect.stringMatching(/^2 records for future-0: /),
    });
    const twice = [...numbered(20), ...numbered(20)];
    expect(await valuesByPartition(db, 'future')).toEqual([
      twice.map(({ value }) => value),
    ]);
    expect(producer.metrics).toMatchObject({ errors: 2, bufferedBytes: 0 });
    await producer.close();
  });

  it('for one topic does not fail another topic in the same request', async () => {
    const [small, sound] = [
      textTopic('small', 1, { 'max.message.bytes': 200 }),
      textTopic('sound'),
    ];
    const db = database.open();
    const producer = await Producer.open(db, [small, sound]);
    const failure = failureOf(producer.send(small, { value: 'x'.repeat(500) }));
    const [sent] = await producer.send(sound, { value: 'a' });
    expect(sent?.offset).toBe(0n);
    expect(await failure).toMatchObject({ code: 'MESSAGE_TOO_LARGE' });
    await producer.close();
  });
});

describe('Where records go', () => {
  it('goes round without a key', async () => {
    const topic = textTopic('round', 3);
    const { db, producer } = await open(topic, { partitioner: 'roundRobin' });
    await producer.send(topic, numbered(9));
    const values = await valuesByPartition(db, 'round');
    expect(values.map(({ length }) => length)).toEqual([3, 3, 3]);
    await producer.close();
  });

  it('stays with a partition without a key, for batchSize bytes', async () => {
    const topic = textTopic('sticky', 3);
    const { producer } = await open(topic);
    const sent = [];
    for (const record of numbered(20))
      sent.push(...(await producer.send(topic, record)));
    expect(new Set(sent.map(({ partition }) => partition)).size).toBe(1);
    const value = 'x'.repeat(16_384);
    const [, next] = await producer.send(topic, [{ value }, { value: 'a' }]);
    expect(next?.partition).not.toBe(sent[0]?.partition);
    await producer.close();
  });

  it('asks a partitioner of the caller, unless the record names a partition', async () => {
    const topic = textTopic('custom', 3);
    const { producer } = await open(topic, {
      partitioner: ({ key }, count) => Number(key) % count,
    });
    const sent = await producer.send(topic, [
      { key: '4', value: 'a' },
      { key: '4', value: 'b', partition: 2 },
      { key: '5', value: 'c' },
    ]);
    expect(sent.map(({ partition }) => partition)).toEqual([1, 2, 2]);
    await expect(
      producer.send(topic, { key: '-1', value: 'a' }),
    ).rejects.toMatchObject({ code: 'INVALID_VALUE' });
    await producer.close();
  });

  it('finds a partition that was added since', async () => {
    const topic = textTopic('grown');
    const { db, producer } = await open(topic);
    await addPartitions(db, 'grown', 3);
    const [sent] = await producer.send(topic, { value: 'a', partition: 2 });
    expect(sent).toMatchObject({ partition: 2, offset: 0n });
    await producer.close();
  });

  it('spreads over added partitions when what it knows is too old', async () => {
    const topic = textTopic('aged');
    const options = { metadataMaxAgeMs: 0, partitioner: 'roundRobin' } as const;
    const { db, producer } = await open(topic, options);
    await addPartitions(db, 'aged', 3);
    await waitFor('each partition to be used', async () => {
      await producer.send(topic, numbered(3));
      return (await valuesByPartition(db, 'aged')).filter(Boolean).length === 3;
    });
    await producer.close();
  });
});

describe('A raw topic', () => {
  it('takes bytes as they are', async () => {
    const topic = rawTopic('raw', { partitions: 2 });
    const { db, producer } = await open(topic);
    const [key, value] = [Buffer.from([0, 255]), Buffer.from([1, 2, 3])];
    await producer.send(topic, [
      { key, value },
      { key, value: null },
    ]);
    expect(await readLog(db, 'raw')).toMatchObject([
      { key, value },
      { key, value: null },
    ]);
    await producer.close();
  });

  it('refuses what is no bytes', async () => {
    const topic = rawTopic('raw-text');
    const { producer } = await open(topic);
    const record = { value: 'text' as unknown as Buffer };
    await expect(producer.send(topic, record)).rejects.toMatchObject({
      code: 'INVALID_VALUE',
      message: expect.stringContaining('a value of topic raw-text is a string'),
    });
    await producer.close();
  });

  it('is refused where its name is none', () => {
    expect(() => rawTopic('a b')).toThrow(
      expect.objectContaining({ code: 'INVALID_TOPIC_EXCEPTION' }),
    );
  });
});

describe('Order', () => {
  it('is that of the calls in each partition, for a thousand calls at once', async () => {
    const topic = textTopic('thousand', 3);
    const { db, producer } = await open(topic, {
      batchSize: 500,
      bufferMemory: 4_000,
    });
    const sent = await Promise.all(
      Array.from({ length: 1_000 }, (_, n) =>
        producer.send(
          topic,
          [0, 1, 2].map((partition) => ({ value: String(n), partition })),
        ),
      ),
    );
    const calls = Array.from({ length: 1_000 }, (_, n) => String(n));
    expect(await valuesByPartition(db, 'thousand')).toEqual([
      calls,
      calls,
      calls,
    ]);
    expect(sent.map(([first]) => first?.offset)).toEqual(calls.map(BigInt));
    await producer.close();
  });
});

describe('Memory', () => {
  it('is bounded: a call waits for room, and is told when none comes free', async () => {
    const topic = textTopic('memory');
    const { db, producer } = await open(topic, {
      bufferMemory: 2_000,
      maxBlockMs: 200,
    });
    const value = 'x'.repeat(500);
    const written: Promise<unknown>[] = [];
    const late: Promise<unknown>[] = [];
    await whileHeld(db, 'memory', async () => {
      for (let n = 0; n < 3; n += 1)
        written.push(producer.send(topic, { value }));
      const bulk = [1, 2, 3].map(() => ({ value }));
      late.push(failureOf(producer.send(topic, bulk)));
      late.push(failureOf(producer.send(topic, { value })));
      expect(producer.metrics.bufferedBytes).toBeLessThanOrEqual(2_000);
      expect(await Promise.all(late)).toEqual(
        late.map(() =>
          expect.objectContaining({
            code: 'TIMED_OUT',
            message: expect.stringMatching(/200 ms \(maxBlockMs\)/),
          }),
        ),
      );
    });
    await Promise.all(written);
    expect(await readLog(db, 'memory')).toHaveLength(3);
    expect(producer.metrics).toMatchObject({ recordsSent: 3, errors: 4 });
    await producer.send(topic, { value });
    await producer.close();
  });

  it('takes a call that is larger than all of it, bit by bit', async () => {
    const topic = textTopic('bulk', 2);
    const { db, producer } = await open(topic, {
      batchSize: 300,
      bufferMemory: 1_000,
    });
    let most = 0;
    const sending = producer.send(topic, numbered(1_000, { key: 'k' }));
    const watch = setInterval(() => {
      most = Math.max(most, producer.metrics.bufferedBytes);
    });
    await sending;
    clearInterval(watch);
    expect(most).toBeLessThanOrEqual(1_000);
    const values = (await valuesByPartition(db, 'bulk')).flat();
    expect(values).toEqual(numbered(1_000).map(({ value }) => value));
    await producer.close();
  });
});

describe('acks 0', () => {
  it('answers when the records are handed over, and writes them all the same', async () => {
    const topic = textTopic('unheard');
    const { db, producer } = await open(topic, { acks: 0 });
    await whileHeld(db, 'unheard', async () => {
      const [sent] = await producer.send(topic, { value: 'a', timestamp: 7 });
      expect(sent).toEqual({
        topic: 'unheard',
        partition: 0,
        offset: -1n,
        timestamp: 7,
      });
      expect(producer.metrics.recordsSent).toBe(0);
    });
    await producer.flush();
    expect(producer.metrics).toMatchObject({ recordsSent: 1, errors: 0 });
    expect(await readLog(db, 'unheard')).toHaveLength(1);
    await producer.close();
  });
});

describe('flush and close', () => {
  it('flush waits for what failed too, and does not throw', async () => {
    const topic = textTopic('flushed', 1, { 'max.message.bytes': 200 });
    const { producer } = await open(topic);
    const failure = failureOf(producer.send(topic, { value: 'x'.repeat(500) }));
    await producer.flush();
    expect(producer.metrics).toMatchObject({ errors: 1, bufferedBytes: 0 });
    expect(await failure).toMatchObject({ code: 'MESSAGE_TOO_LARGE' });
    await producer.flush();
    await producer.close();
  });

  it('close writes what lingers, and what waits for room', async () => {
    const topic = textTopic('closing');
    const options = { lingerMs: 600_000, bufferMemory: 500, batchSize: 300 };
    const { db, producer } = await open(topic, options);
    const sends = numbered(100).map((record) => producer.send(topic, record));
    await producer.close();
    await Promise.all(sends);
    expect(await readLog(db, 'closing')).toHaveLength(100);
    await expect(producer.send(topic, { value: 'a' })).rejects.toMatchObject({
      code: 'CLOSED',
    });
  });

  it('close gives up at its deadline, and says what it does not know', async () => {
    const topic = textTopic('deadline');
    const { db, producer } = await open(topic);
    await producer.send(topic, { value: 'before' });
    const sends: Promise<unknown>[] = [];
    await whileHeld(db, 'deadline', async () => {
      sends.push(failureOf(producer.send(topic, { value: 'a' })));
      await waitFor('it to be out', () => producer.metrics.inFlight === 1);
      // A batch of its own: the first one is out.
      sends.push(failureOf(producer.send(topic, { value: 'b' })));
      await producer.close(50);
      expect(await Promise.all(sends)).toMatchObject([
        { code: 'OUTCOME_UNKNOWN' },
        { code: 'CLOSED' },
      ]);
    });
    await waitFor('the first to be written', async () => {
      return (await readLog(db, 'deadline')).length === 2;
    });
  });
});

describe('Metrics', () => {
  it('count what was done', async () => {
    const topic = textTopic('counted', 2);
    const { producer } = await open(topic);
    await producer.send(topic, [
      { value: 'a', partition: 0 },
      { value: 'b', partition: 1 },
    ]);
    expect(producer.metrics).toEqual({
      recordsSent: 2,
      bytesSent: 2 * (61 + 8),
      batches: 2,
      retries: 0,
      errors: 0,
      bufferedBytes: 0,
      inFlight: 0,
    });
    await producer.close();
  });
});

describe('LogAppendTime', () => {
  it('is the timestamp that send answers with', async () => {
    const db = database.open();
    await createTopic(db, {
      name: 'stamped',
      config: { 'message.timestamp.type': 'LogAppendTime' },
    });
    const topic = textTopic('stamped');
    const producer = await Producer.open(db, [topic]);
    const [sent] = await producer.send(topic, { value: 'a', timestamp: 7 });
    const [record] = await readLog(db, 'stamped');
    expect(sent?.timestamp).toBe(record?.timestamp);
    expect(sent?.timestamp).toBeGreaterThan(7);
    await producer.close();
  });
});
