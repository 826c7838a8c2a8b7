import { randomBytes, randomInt } from 'node:crypto';
import { median, secondsOf } from '../figure.ts';
import type { Bench } from './bench.ts';
import { openProducer } from './engine.ts';
import {
  compared,
  microseconds,
  type Figure,
  type Measured,
} from './figure.ts';
import { bytesTopic, VALUE_BYTES, type BytesTopic } from './load.ts';

const MANY = 1_000;
const SENDS = 1_000;
/** Sends of one side before it is the other's turn: what slows the machine for a moment slows both. */
const BLOCK = 50;

type Send = () => Promise<unknown>;

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
  const figure = await turnByTurn(bench, `${topics.length} topics`, {
    many: async () => into(topics[randomInt(topics.length)]),
    one: async () => into(topics[0]),
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
  const figure = await turnByTurn(bench, `${count} partitions`, {
    many: async () =>
      producer.send(wide, { value, partition: randomInt(count) }),
    one: async () => producer.send(narrow, { value, partition: 0 }),
  });
  await producer.close();
  return [{ ...figure, name: 'partitions' }];
}

async function turnByTurn(
  bench: Bench,
  many: string,
  sends: { readonly many: Send; readonly one: Send },
): Promise<Figure> {
  const ours: number[] = [];
  const peer: number[] = [];
  for (let round = 0; round <= bench.options.rounds; round += 1) {
    await bench.db.query('checkpoint');
    const times = await timesInTurn(bench.scaled(SENDS), sends);
    if (round === 0) continue;
    ours.push(median(times.ours));
    peer.push(median(times.peer));
  }
  return compared({
    name: '',
    what: `one record in flight, any of ${many}`,
    against: 'the same into one',
    measured: { ours, peer },
    show: microseconds,
    target: { atMost: 1.3 },
  });
}

async function timesInTurn(
  count: number,
  sends: { readonly many: Send; readonly one: Send },
): Promise<Measured> {
  const ours: number[] = [];
  const peer: number[] = [];
  for (let n = 0; n < count; n += BLOCK) {
    for (let k = 0; k < BLOCK; k += 1) ours.push(await secondsOf(sends.many));
    for (let k = 0; k < BLOCK; k += 1) peer.push(await secondsOf(sends.one));
  }
  return { ours, peer };
}
