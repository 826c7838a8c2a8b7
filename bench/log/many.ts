import { randomBytes, randomInt } from 'node:crypto';
import type { Bench } from '../bench.ts';
import { openProducer } from './engine.ts';
import { compared, microseconds, type Figure } from '../figure.ts';
import { latenciesInTurn, type Calls } from '../in-turn.ts';
import { bytesTopic, VALUE_BYTES, type BytesTopic } from './load.ts';

const MANY = 1_000;
const SENDS = 1_000;

/** One record in flight into any of a thousand topics, against one topic. */
export async function manyTopics(bench: Bench): Promise<Figure[]> {
  const topics = Array.from({ length: bench.scaled(MANY) }, (_, n) =>
    bytesTopic(`one-of-many-${n}`, 1),
  );
  const producer = await openProducer(bench.db, topics);
  const value = randomBytes(VALUE_BYTES);
  const into = async (topic: BytesTopic | undefined) =>
    topic && producer.send(topic, { value });
  for (const topic of topics) await into(topic);
  const figure = await compareWithOne(bench, `${topics.length} topics`, {
    ours: async () => into(topics[randomInt(topics.length)]),
    peer: async () => into(topics[0]),
  });
  await producer.close();
  return [{ ...figure, name: 'topics' }];
}

/** One record in flight into any of a thousand partitions, against a topic of one partition. */
export async function manyPartitions(bench: Bench): Promise<Figure[]> {
  const count = bench.scaled(MANY);
  const wide = bytesTopic('wide', count);
  const narrow = bytesTopic('narrow', 1);
  const producer = await openProducer(bench.db, [wide, narrow]);
  const value = randomBytes(VALUE_BYTES);
  for (let partition = 0; partition < count; partition += 1)
    await producer.send(wide, { value, partition });
  const figure = await compareWithOne(bench, `${count} partitions`, {
    ours: async () =>
      producer.send(wide, { value, partition: randomInt(count) }),
    peer: async () => producer.send(narrow, { value, partition: 0 }),
  });
  await producer.close();
  return [{ ...figure, name: 'partitions' }];
}

async function compareWithOne(
  bench: Bench,
  many: string,
  calls: Calls,
): Promise<Figure> {
  const measured = await latenciesInTurn(bench, bench.scaled(SENDS), calls);
  return compared({
    name: '',
    what: `one record in flight, any of ${many}`,
    against: 'the same into one',
    measured,
    show: microseconds,
    target: { atMost: 1.3 },
  });
}
