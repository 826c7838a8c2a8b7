import { Consumer } from '#client';
import type { TopicDefinition } from '#schemas';
import type { Bench } from '../bench.ts';
import { compared, perSecond, type Figure } from '../figure.ts';
import { readAndDecode } from '../log/engine.ts';
import { secondsOf } from '../timing.ts';
import { fill } from './fill.ts';
import { BATCH_RECORDS, listenSeconds } from './listen-rate.ts';
import {
  bytesRecord,
  bytesTopic,
  PARTITIONS,
  typedRecord,
  typedTopic,
  type TypedTopic,
} from './topics.ts';

const RECORDS = 1_000_000;

/** How fast a plain batch listener is that does nothing but count. */
export async function throughput(bench: Bench): Promise<Figure[]> {
  return [await besideFetch(bench), await besidePoll(bench)];
}

/** Records of bytes, against reading the same partitions and decoding their batches without any group. */
async function besideFetch(bench: Bench): Promise<Figure> {
  const count = bench.scaled(RECORDS);
  const topic = bytesTopic(bench.newName('bytes'));
  await fill(bench, topic, { count, record: bytesRecord });
  const measured = await bench.measure({
    ours: async () => listenRate(bench, count, topic),
    peer: async () => {
      const seconds = await secondsOf(() => readAndDecode(bench, topic.name));
      return count / seconds;
    },
  });
  return compared({
    name: 'throughput',
    what: `plain batch listener, ${count} records of 100 bytes, batches of ${BATCH_RECORDS}`,
    against: 'fetch + decode of the same partitions',
    measured,
    show: perSecond,
    target: { atLeast: 0.6 },
  });
}

/** Records of Avro, against a consumer without a group that decodes them too. */
async function besidePoll(bench: Bench): Promise<Figure> {
  const count = bench.scaled(RECORDS);
  const topic = typedTopic(bench.newName('typed'));
  await fill(bench, topic, { count, record: typedRecord });
  const measured = await bench.measure({
    ours: async () => listenRate(bench, count, topic),
    peer: async () => pollRate(bench, topic, count),
  });
  return compared({
    name: 'throughput',
    what: `the same of Avro records of five fields`,
    against: 'Consumer.poll of the same partitions, decoded',
    measured,
    show: perSecond,
    target: { atLeast: 0.6 },
  });
}

async function listenRate<Key, Value>(
  bench: Bench,
  count: number,
  topic: TopicDefinition<Key, Value>,
): Promise<number> {
  let given = 0;
  const seconds = await listenSeconds(bench, count, {
    topic,
    transactional: false,
    maxPollRecords: BATCH_RECORDS,
    batchHandler: (values) => {
      given += values.length;
    },
  });
  if (given !== count) throw new Error(`${given} of ${count} were given`);
  return count / seconds;
}

async function pollRate(
  bench: Bench,
  topic: TypedTopic,
  count: number,
): Promise<number> {
  const consumer = new Consumer(bench.db, {
    autoOffsetReset: 'earliest',
    maxPollRecords: BATCH_RECORDS,
  });
  consumer.assign(
    Array.from({ length: PARTITIONS }, (_, partition) => ({
      topic,
      partition,
    })),
  );
  let read = 0;
  const seconds = await secondsOf(async () => {
    while (read < count) read += (await consumer.poll(1_000)).length;
  });
  await consumer.close();
  return count / seconds;
}
