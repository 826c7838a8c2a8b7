import { randomBytes } from 'node:crypto';
import { Database } from '#postgres';
import type { Producer } from '#client';
import { median, medianOf, secondsOf } from '../../timing.ts';
import type { Bench } from '../../bench.ts';
import { openProducer } from '../engine.ts';
import { bytesTopic, VALUE_BYTES, type BytesTopic } from '../load.ts';
import { ROUNDS, type Growth, type Point } from './point.ts';

const SENDS = 20_000;
/** Sends that one producer has under way. */
const IN_FLIGHT = 32;

/** 1 to 16 producers, each with connections of its own, into one topic of six partitions. */
export async function growthByProducers(bench: Bench): Promise<Growth> {
  const topic = bytesTopic('shared');
  const points: Point[] = [];
  for (const size of [1, 2, 4, 8, 16])
    points.push(await measured(bench, topic, size));
  const how = `each producer in this process, on connections of its own, ${IN_FLIGHT} sends of one record in flight; latency under that load`;
  return { name: 'producers', sizes: 'producers', how, points };
}

async function measured(
  bench: Bench,
  topic: BytesTopic,
  size: number,
): Promise<Point> {
  const producers: Producer[] = [];
  const databases: Database[] = [];
  for (let n = 0; n < size; n += 1) {
    const db = new Database({ connection: bench.connectionString });
    databases.push(db);
    producers.push(await openProducer(db, [topic]));
  }
  const latencies: number[] = [];
  const throughput = await medianOf(ROUNDS, async () => {
    let times: number[] = [];
    const seconds = await secondsOf(async () => {
      times = await sendAll(producers, topic, bench.scaled(SENDS));
    });
    latencies.push(median(times));
    return times.length / seconds;
  });
  for (const producer of producers) await producer.close();
  for (const db of databases) await db.close();
  return { size, throughput, latency: median(latencies.slice(1)) };
}

/** How long each of about `count` sends took, all producers at once. */
async function sendAll(
  producers: readonly Producer[],
  topic: BytesTopic,
  count: number,
): Promise<number[]> {
  const value = randomBytes(VALUE_BYTES);
  const times: number[] = [];
  let left = count;
  const work = async (producer: Producer) => {
    while (left > 0) {
      left -= 1;
      times.push(await secondsOf(() => producer.send(topic, { value })));
    }
  };
  await Promise.all(
    producers.flatMap((producer) =>
      Array.from({ length: IN_FLIGHT }, async () => work(producer)),
    ),
  );
  return times;
}
