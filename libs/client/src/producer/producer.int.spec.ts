import {
  afterAll,
  afterEach,
  beforeAll,
  describe,
  expect,
  it,
} from '@jest/globals';
import { Catalogue, createTopic } from '#log';
import type { Database } from '#postgres';
import { partitionForKey } from '#records';
import { defineTopic, SchemaCache, WriterDecoder } from '#schemas';
import { readLog, useDatabase } from '#testing';
import { Producer } from './producer.js';
import type { ProducerRecord } from './producer-record.js';

const database = useDatabase({ beforeAll, afterEach, afterAll });

/** A topic of its own for one test. */
function readingsIn(name: string, partitions = 3, maxBytes = 4_096) {
  return defineTopic(name, {
    partitions,
    config: { 'max.message.bytes': maxBytes },
    value: {
      type: 'record',
      name: 'Reading',
      fields: [
        { name: 'n', type: 'int' },
        { name: 'unit', type: 'string', default: 'C' },
      ],
    },
  });
}

/** The numbers of a topic's records, by partition, each with its offset. */
async function numbersIn(db: Database, topic: string): Promise<unknown[]> {
  const decoder = new WriterDecoder(new SchemaCache(db));
  const numbers = [];
  for (const { partition, offset, value } of await readLog(db, topic)) {
    const decoded = value && (await decoder.decode(value));
    const n = (decoded?.value as { n: number } | undefined)?.n ?? null;
    numbers.push([partition, offset, n]);
  }
  return numbers;
}

async function leafOf(db: Database, topic: string): Promise<string> {
  const { leaf } = await new Catalogue(db).topic(topic);
  return `${db.schema}.${leaf}`;
}

describe('Producer.send', () => {
  it('writes one record where its key belongs, and says where it stands', async () => {
    const db = database.open();
    const readings = readingsIn('one');
    const producer = await Producer.open(db, [readings]);
    const record = {
      key: 'sensor-7',
      value: { n: 1 },
      timestamp: 1_700_000_000_000,
      headers: { by: 'hand', raw: Buffer.from([0]) },
    };
    const partition = partitionForKey(Buffer.from('sensor-7'), 3);
    const metadata = { topic: 'one', partition, timestamp: record.timestamp };
    expect(await producer.send(readings, record)).toEqual([
      { ...metadata, offset: 0n },
    ]);
    expect(await producer.send(readings, { ...record, value: null })).toEqual([
      { ...metadata, offset: 1n },
    ]);
    const [first, tombstone] = await readLog(db, 'one');
    expect(first).toMatchObject({
      partition,
      timestamp: record.timestamp,
      key: Buffer.from('sensor-7'),
      headers: [
        { key: 'by', value: Buffer.from('hand') },
        { key: 'raw', value: Buffer.from([0]) },
      ],
    });
    expect(tombstone?.value).toBeNull();
  });

  it('keeps the order of the call in each partition, and answers in that order', async () => {
    const db = database.open();
    const readings = readingsIn('order');
    const producer = await Producer.open(db, [readings]);
    const placed = [2, 0, 2, 1, 0, 2];
    const sent = await producer.send(
      readings,
      placed.map((partition, n) => ({ key: 'k', value: { n }, partition })),
    );
    expect(sent.map((each) => [each.partition, each.offset])).toEqual([
      [2, 0n],
      [0, 0n],
      [2, 1n],
      [1, 0n],
      [0, 1n],
      [2, 2n],
    ]);
    expect(await numbersIn(db, 'order')).toEqual([
      [0, 0n, 1],
      [0, 1n, 4],
      [1, 0n, 3],
      [2, 0n, 0],
      [2, 1n, 2],
      [2, 2n, 5],
    ]);
    const { rows } = await db.query(
      `select count(*)::int as batches from ${await leafOf(db, 'order')}`,
    );
    expect(rows).toEqual([{ batches: 3 }]);
    await producer.close();
  });

  it('gives gapless offsets to fifty calls at once', async () => {
    const db = database.open();
    const readings = readingsIn('crowd', 2);
    const producer = await Producer.open(db, [readings]);
    const sent = await Promise.all(
      Array.from({ length: 50 }, (_, call) =>
        producer.send(
          readings,
          [0, 1, 0].map((partition, n) => ({
            value: { n: call * 3 + n },
            partition,
          })),
        ),
      ),
    );
    const log = await numbersIn(db, 'crowd');
    expect(log.map((each) => (each as unknown[]).slice(0, 2))).toEqual([
      ...Array.from({ length: 100 }, (_, n) => [0, BigInt(n)]),
      ...Array.from({ length: 50 }, (_, n) => [1, BigInt(n)]),
    ]);
    const said = sent.flatMap((metadata, call) =>
      metadata.map(({ partition, offset }, n) => [
        partition,
        offset,
        call * 3 + n,
      ]),
    );
    expect(log).toEqual(expect.arrayContaining(said));
  });

  it('writes nothing for an empty list', async () => {
    const db = database.open();
    const readings = readingsIn('empty');
    const producer = await Producer.open(db, [readings]);
    expect(await producer.send(readings, [])).toEqual([]);
    expect(await readLog(db, 'empty')).toEqual([]);
  });

  it('writes to the partitions that a topic has, not to those of its definition', async () => {
    const db = database.open();
    await createTopic(db, { name: 'wider', partitions: 8 });
    const readings = readingsIn('wider', 2);
    const producer = await Producer.open(db, [readings]);
    const [sent] = await producer.send(readings, {
      value: { n: 1 },
      partition: 7,
    });
    expect(sent?.partition).toBe(7);
  });
});

describe('what a producer refuses', () => {
  const sound = { key: 'k', value: { n: 1 } };

  it.each<[string, object, string, string]>([
    [
      'a value against the schema',
      { value: { n: 'one' } },
      'SCHEMA_MISMATCH',
      'topic refused does not match its Avro schema: n is "one"',
    ],
    [
      'a key of another kind',
      { key: 7, value: { n: 1 } },
      'INVALID_VALUE',
      'topic refused has the key 7',
    ],
    [
      'a header that is no text',
      { value: { n: 1 }, headers: { a: 1 } },
      'INVALID_VALUE',
      'a record for topic refused has the header "a"',
    ],
    [
      'a timestamp that is none',
      { value: { n: 1 }, timestamp: 0.5 },
      'INVALID_VALUE',
      'a record for topic refused has the timestamp 0.5',
    ],
    [
      'a partition that is not there',
      { value: { n: 1 }, partition: 3 },
      'UNKNOWN_TOPIC_OR_PARTITION',
      'topic refused has no partition 3: it has 3',
    ],
    [
      'a partition that is no index',
      { value: { n: 1 }, partition: 0.5 },
      'UNKNOWN_TOPIC_OR_PARTITION',
      'topic refused has no partition 0.5',
    ],
  ])(
    'refuses %s, and all that was sent with it',
    async (_, bad, code, words) => {
      const db = database.open();
      const readings = readingsIn('refused');
      const producer = await Producer.open(db, [readings]);
      const record = bad as ProducerRecord<string, { n: number }>;
      const refusal = { code, message: expect.stringContaining(words) };
      await expect(producer.send(readings, record)).rejects.toMatchObject(
        refusal,
      );
      await expect(
        producer.send(readings, [sound, record]),
      ).rejects.toMatchObject(refusal);
      expect(await readLog(db, 'refused')).toEqual([]);
    },
  );

  it('says which of several records it means', async () => {
    const readings = readingsIn('refused');
    const producer = await Producer.open(database.open(), [readings]);
    const bad = { key: 'k', value: { n: 2 ** 40 } };
    await expect(producer.send(readings, [sound, sound, bad])).rejects.toThrow(
      /^records\[2\]: The value for topic refused /,
    );
  });

  it('refuses a topic that it was not opened with', async () => {
    const producer = await Producer.open(database.open(), [
      readingsIn('refused'),
    ]);
    await expect(
      producer.send(readingsIn('other'), sound),
    ).rejects.toMatchObject({
      code: 'UNKNOWN_TOPIC_OR_PARTITION',
      message:
        'this producer was not opened with the topic "other"; it has refused',
    });
  });

  it('takes nothing once it is closed, and finishes what is under way', async () => {
    const db = database.open();
    const readings = readingsIn('closed');
    const producer = await Producer.open(db, [readings]);
    let written = false;
    const sending = producer.send(readings, sound).then(() => (written = true));
    await producer.close();
    await producer.close();
    expect(written).toBe(true);
    await sending;
    await expect(producer.send(readings, [])).rejects.toMatchObject({
      code: 'CLOSED',
    });
    expect(await readLog(db, 'closed')).toHaveLength(1);
  });
});
