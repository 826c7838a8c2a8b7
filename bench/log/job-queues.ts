import { secondsOf } from '../timing.ts';
import type { Bench } from '../bench.ts';
import { BULK, openProducer, readAndDecode } from './engine.ts';
import { compared, perSecond, type Figure } from '../figure.ts';
import { GraphileWorkerQueue } from './graphile-worker-queue.ts';
import type { JobQueue } from './job-queue.ts';
import {
  bytesTopic,
  produceRate,
  randomLoad,
  truncateTopic,
  VALUE_BYTES,
} from './load.ts';
import { PgBossQueue } from './pg-boss-queue.ts';

const JOBS = 20_000;
const RECORDS = 200_000;

/** Records in and out again, decoded, against the job queues of npm on the same server: in, out and completed. */
export async function jobQueues(bench: Bench): Promise<Figure[]> {
  const data = { text: 'x'.repeat(VALUE_BYTES) };
  const url = bench.connectionString;
  const queues: JobQueue[] = [
    await PgBossQueue.open(url, data),
    await GraphileWorkerQueue.open(url, data),
  ];
  const figures: Figure[] = [];
  for (const queue of queues) {
    figures.push(await against(bench, queue));
    await queue.close();
  }
  return figures;
}

async function against(bench: Bench, queue: JobQueue): Promise<Figure> {
  const jobs = bench.scaled(JOBS);
  const measured = await bench.measure({
    ours: async () => inAndOutRate(bench),
    peer: async () =>
      jobs /
      (await secondsOf(async () => {
        await queue.enqueue(jobs);
        await queue.complete(jobs);
      })),
  });
  return compared({
    name: 'job-queues',
    what: `produce, fetch + decode, beside ${queue.name}`,
    against: `${queue.name}: enqueue and complete, batched`,
    measured,
    show: perSecond,
    target: { atLeast: 10 },
  });
}

async function inAndOutRate(bench: Bench): Promise<number> {
  const count = bench.scaled(RECORDS);
  const load = randomLoad();
  const topic = bytesTopic(bench.newName('in-and-out'));
  const producer = await openProducer(bench.db, [topic], BULK);
  const seconds = await secondsOf(async () => {
    await produceRate(producer, topic, load, count);
    await readAndDecode(bench, topic.name);
  });
  await producer.close();
  await truncateTopic(bench, topic.name);
  return count / seconds;
}
