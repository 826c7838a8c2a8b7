import { deepStrictEqual } from 'node:assert';
import { randomBytes } from 'node:crypto';
import { Kafka as KafkaJs, logLevel } from 'kafkajs';
import { KafkaSink } from '#kafka';
import type { SinkEvent } from '#outbox';
import { COMPRESSIONS, type Compression } from '#records';
import { waitFor } from '#testing';
import type { ClusterRecord } from '../cluster-reader.ts';
import type { KafkaCheck, KafkaStage } from '../kafka-check.ts';
import { shipPatiently } from '../memory-journal.ts';

const PARTITIONS = 3;
const NOW = Date.now();
const BIG = 900_000;

/** Events with everything that a record may be, in one topic. */
function events(topic: string): SinkEvent[] {
  const key = Buffer.from('key');
  const plain = {
    topic,
    topicNumber: 1,
    key: key as Buffer | null,
    value: Buffer.from('value') as Buffer | null,
    timestamp: NOW,
  };
  const shapes = [
    plain,
    { ...plain, key: null },
    { ...plain, value: null },
    { ...plain, key: Buffer.alloc(0), value: Buffer.alloc(0) },
    { ...plain, key: randomBytes(300), value: randomBytes(BIG) },
    { ...plain, timestamp: 0 },
    { ...plain, timestamp: NOW - 2 ** 31 },
    { ...plain, timestamp: NOW - 2 ** 40 },
    ...Array.from({ length: 500 }, (_, n) => ({
      ...plain,
      key: Buffer.from(`key ${n % 50}`),
      value: Buffer.from(`value ${n}`),
      timestamp: NOW - n,
    })),
  ];
  return shapes.map((shape, index) => ({
    ...shape,
    id: BigInt(index + 1),
    eventId: `event-${index + 1}`,
    headers: [
      { key: 'id', value: Buffer.from(`event-${index + 1}`) },
      { key: 'bytes', value: randomBytes(20) },
      { key: 'empty', value: Buffer.alloc(0) },
      { key: 'twice', value: Buffer.from('one') },
      { key: 'twice', value: Buffer.from('zwei ä') },
    ],
  }));
}

async function requireBytes(
  stage: KafkaStage,
  compression: Compression,
): Promise<string> {
  const topic = stage.name(`bytes-${compression}`);
  await stage.reader.createTopic(topic, PARTITIONS);
  const sink = new KafkaSink({
    brokers: stage.brokers,
    transactionalId: topic,
    compression,
  });
  const sent = events(topic);
  const { batches, refused } = await shipPatiently(sink, sent);
  await sink.close();
  deepStrictEqual(refused, []);
  const records = await stage.reader.read(topic, 'READ_COMMITTED');
  const found = new Map(
    records.map((record) => [String(record.headers[0]?.value), record]),
  );
  deepStrictEqual(found.size, sent.length);
  for (const event of sent) requireSame(found.get(event.eventId), event);
  for (const { partition, baseOffset, ids } of batches) {
    // Not known where an earlier attempt brought them, and was not answered in time.
    if (baseOffset === null) continue;
    ids.forEach((id, index) => {
      const record = found.get(`event-${id}`);
      deepStrictEqual(record?.partition, partition);
      deepStrictEqual(record.offset, baseOffset + BigInt(index));
    });
  }
  return `${sent.length} records in ${batches.length} batches`;
}

function requireSame(record: ClusterRecord | undefined, event: SinkEvent) {
  const { key, value, headers, timestamp } = event;
  deepStrictEqual(record?.key, key);
  deepStrictEqual(record.value, value);
  deepStrictEqual(record.headers, headers);
  deepStrictEqual(record.timestamp, BigInt(timestamp));
}

/** Another client, which reads what is committed and knows the default partitioner of Kafka. */
async function requireForeign(stage: KafkaStage): Promise<string> {
  const topic = stage.name('foreign');
  await stage.reader.createTopic(topic, PARTITIONS);
  const sink = new KafkaSink({
    brokers: stage.brokers,
    transactionalId: topic,
    compression: 'gzip',
  });
  const sent = events(topic);
  await shipPatiently(sink, sent);
  await sink.close();
  const client = new KafkaJs({
    brokers: [...stage.brokers],
    logLevel: logLevel.NOTHING,
  });
  const consumer = client.consumer({ groupId: topic });
  const values = new Map<string, string>();
  await consumer.connect();
  await consumer.subscribe({ topic, fromBeginning: true });
  await consumer.run({
    eachMessage: async ({ message: { headers, value } }) => {
      values.set(String(headers?.id), String(value));
    },
  });
  await waitFor('kafkajs to read all', () => values.size >= sent.length);
  await consumer.disconnect();
  for (const { eventId, value } of sent)
    deepStrictEqual(values.get(eventId), String(value));
  return `kafkajs reads ${values.size} records`;
}

/** What is sent is what is read. */
export const byteChecks: readonly KafkaCheck[] = [
  ...COMPRESSIONS.map((compression) => ({
    name: `bytes, headers, timestamps and offsets are kept with ${compression}`,
    run: (stage: KafkaStage) => requireBytes(stage, compression),
  })),
  { name: 'another client reads it', run: requireForeign },
];
