import { randomBytes } from 'node:crypto';
import type { Producer } from '#client';
import { medianOf } from '../../timing.ts';
import type { Bench } from '../../bench.ts';
import { openProducer } from '../engine.ts';
import { rateOf } from '../in-flight.ts';
import { medianTime } from '../../in-turn.ts';
import { bytesTopic, VALUE_BYTES, type BytesTopic } from '../load.ts';
import { ROUNDS, type Growth, type Point } from './point.ts';

const SENDS = 10_000;
const TIMED_SENDS = 500;
const HOW =
  'one record a send, spread evenly: throughput with 256 sends in flight, latency with one';

/** A place that a record can be sent to. */
interface Place {
  readonly topic: BytesTopic;
  readonly partition: number;
}

/** Sends spread over 1, 100 and 1,000 topics of one partition. */
export async function growthByTopics(bench: Bench): Promise<Growth> {
  const points: Point[] = [];
  for (const size of [1, 100, 1_000]) {
    const topics = Array.from({ length: size }, () =>
      bytesTopic(bench.newName('spread'), 1),
    );
    const places = topics.map((topic) => ({ topic, partition: 0 }));
    points.push(await measured(bench, size, places));
  }
  return { name: 'topics', sizes: 'topics', how: HOW, points };
}

/** Sends spread over 1, 12 and 1,000 partitions of one topic. */
export async function growthByPartitions(bench: Bench): Promise<Growth> {
  const points: Point[] = [];
  for (const size of [1, 12, 1_000]) {
    const topic = bytesTopic(bench.newName('spread'), size);
    const places = Array.from({ length: size }, (_, partition) => ({
      topic,
      partition,
    }));
    points.push(await measured(bench, size, places));
  }
  return { name: 'partitions', sizes: 'partitions', how: HOW, points };
}

async function measured(
  bench: Bench,
  size: number,
  places: readonly Place[],
): Promise<Point> {
  const topics = [...new Set(places.map(({ topic }) => topic))];
  const producer = await openProducer(bench.db, topics);
  const send = sendTo(producer, places);
  // Each place twice: the catalogue, and the statement of each leaf on each connection, are then known.
  await rateOf(Math.max(2 * places.length, 2_000), send);
  await bench.db.query('checkpoint');
  const throughput = await medianOf(ROUNDS, async () =>
    rateOf(bench.scaled(SENDS), send),
  );
  let n = 0;
  const latency = await medianOf(ROUNDS, async () =>
    medianTime(bench.scaled(TIMED_SENDS), async () => send((n += 1))),
  );
  await producer.close();
  return { size, throughput, latency };
}

function sendTo(
  producer: Producer,
  places: readonly Place[],
): (n: number) => Promise<unknown> {
  const value = randomBytes(VALUE_BYTES);
  return async (n) => {
    const { topic, partition } = places[n % places.length] as Place;
    return producer.send(topic, { value, partition });
  };
}
