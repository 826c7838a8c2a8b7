import { statfs } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { randomBytes } from 'node:crypto';
import { medianOf, secondsOf } from '../../timing.ts';
import type { Bench } from '../../bench.ts';
import { BULK, openProducer, readAndDecode } from '../engine.ts';
import { medianTime } from '../../in-turn.ts';
import {
  bytesTopic,
  leavesOf,
  produceRate,
  randomLoad,
  VALUE_BYTES,
} from '../load.ts';
import { ROUNDS, type Growth, type Point } from './point.ts';

const GIB = 2 ** 30;
const STEP_RECORDS = 480_000;
const SENDS = 500;
/** What is kept stands in the leaf, and for a while in the WAL too. */
const DISK_FOR_EACH_BYTE = 2;
const SPARE_BYTES = 4 * GIB;

/** One topic that grows and keeps everything: how fast its next records come in, and how fast it is read. */
export async function growthByBytes(
  bench: Bench,
  gigabytes: readonly number[],
): Promise<Growth> {
  await requireDisk(Math.max(...gigabytes) * GIB);
  const topic = bytesTopic('kept');
  const bulk = await openProducer(bench.db, [topic], BULK);
  const single = await openProducer(bench.db, [topic]);
  const load = randomLoad();
  const value = randomBytes(VALUE_BYTES);
  const points: Point[] = [];
  for (const size of [0, ...gigabytes]) {
    while ((await keptBytes(bench, topic.name)) < size * GIB)
      await produceRate(bulk, topic, load, STEP_RECORDS);
    await bench.db.query('checkpoint');
    const throughput = await medianOf(ROUNDS, async () =>
      produceRate(bulk, topic, load, STEP_RECORDS),
    );
    const latency = await medianOf(ROUNDS, async () =>
      medianTime(bench.scaled(SENDS), async () =>
        single.send(topic, { value }),
      ),
    );
    const fetched = await fetchedRate(bench, topic.name);
    points.push({ size, throughput, latency, fetched });
  }
  await bulk.close();
  await single.close();
  const how =
    'throughput: sends of 5,000 records, six under way; latency: one record in flight; fetched: read from the begin and decoded';
  return { name: 'kept', sizes: 'GiB kept before', how, points };
}

async function fetchedRate(bench: Bench, topic: string): Promise<number> {
  let read = 0;
  const seconds = await secondsOf(async () => {
    read = await readAndDecode(bench, topic);
  });
  return read / seconds;
}

async function keptBytes(bench: Bench, topic: string): Promise<number> {
  let bytes = 0;
  for (const leaf of await leavesOf(bench, topic)) {
    const { rows } = await bench.db.query(
      `select pg_total_relation_size('${leaf}')::float8 as bytes`,
    );
    bytes += rows[0]?.bytes as number;
  }
  return bytes;
}

async function requireDisk(bytes: number): Promise<void> {
  const { bavail, bsize } = await statfs(tmpdir());
  const needed = bytes * DISK_FOR_EACH_BYTE + SPARE_BYTES;
  if (bavail * bsize >= needed) return;
  throw new Error(
    `keeping ${bytes / GIB} GiB needs ${Math.ceil(needed / GIB)} GiB of free disk; give less with --gigabytes`,
  );
}
