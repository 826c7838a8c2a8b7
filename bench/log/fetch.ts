import type { Client } from 'pg';
import type { ProducerOptions } from '#client';
import { secondsOf } from '../timing.ts';
import type { Bench } from '../bench.ts';
import { copyOutSize } from '../copy.ts';
import { BULK, openProducer, readAndDecode } from './engine.ts';
import { compared, perSecond, reported, type Figure } from '../figure.ts';
import {
  bytesTopic,
  jsonLoad,
  leavesOf,
  produceRate,
  randomLoad,
  type Load,
} from './load.ts';

const RECORDS = 1_000_000;

/** A topic that holds `count` records, and where they are. */
interface Filled {
  readonly topic: string;
  readonly count: number;
  readonly leaves: readonly string[];
}

/** A topic read from its begin and decoded record by record, against binary COPY out of its leaves, undecoded. */
export async function fetchUncompressed(bench: Bench): Promise<Figure[]> {
  const filled = await fill(bench, randomLoad(), {});
  const measured = await bench.measure(await sidesOf(bench, filled));
  const kept = await bench.measureAlone(async () => keptRate(bench, filled));
  return [
    compared({
      name: 'fetch',
      what: `fetch + decode ${filled.count} records`,
      against: 'binary COPY out of the same leaves, its bytes let go',
      measured,
      show: perSecond,
      target: { atLeast: 0.15 },
    }),
    reported(
      'fetch',
      'binary COPY out, kept and split into rows',
      kept,
      perSecond,
    ),
  ];
}

/** The same of small documents that were packed; COPY brings them as they are stored. */
export async function fetchCompressed(bench: Bench): Promise<Figure[]> {
  const figures: Figure[] = [];
  for (const compressionType of ['lz4', 'zstd'] as const) {
    const filled = await fill(bench, jsonLoad(), { compressionType });
    figures.push(
      compared({
        name: `fetch-${compressionType}`,
        what: `fetch + decode ${filled.count} records, JSON, ${compressionType}`,
        against: 'binary COPY out of the same leaves, packed as they are',
        measured: await bench.measure(await sidesOf(bench, filled)),
        show: perSecond,
      }),
    );
  }
  return figures;
}

async function fill(
  bench: Bench,
  load: Load,
  settings: ProducerOptions,
): Promise<Filled> {
  const count = bench.scaled(RECORDS);
  const topic = bytesTopic(bench.newName('fetched'));
  const producer = await openProducer(bench.db, [topic], {
    ...BULK,
    ...settings,
  });
  await produceRate(producer, topic, load, count);
  await producer.close();
  await bench.db.query('vacuum analyze');
  return {
    topic: topic.name,
    count,
    leaves: await leavesOf(bench, topic.name),
  };
}

async function sidesOf(bench: Bench, filled: Filled) {
  const client = await bench.client();
  return {
    ours: async () => decodedRate(bench, filled),
    peer: async () => copiedRate(client, filled),
  };
}

async function decodedRate(
  bench: Bench,
  { topic, count }: Filled,
): Promise<number> {
  let read = 0;
  const seconds = await secondsOf(async () => {
    read = await readAndDecode(bench, topic);
  });
  if (read !== count) throw new Error(`read ${read} of ${count} records`);
  return count / seconds;
}

async function copiedRate(
  client: Client,
  { leaves, count }: Filled,
): Promise<number> {
  const seconds = await secondsOf(async () => {
    for (const leaf of leaves)
      await copyOutSize(client, `(select batch from ${leaf})`);
  });
  return count / seconds;
}

async function keptRate(
  bench: Bench,
  { leaves, count }: Filled,
): Promise<number> {
  const seconds = await secondsOf(async () => {
    for (const leaf of leaves)
      await bench.db.copyOut(`select batch from ${leaf}`);
  });
  return count / seconds;
}
