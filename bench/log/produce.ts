import type { Client } from 'pg';
import { COMPRESSIONS, type Compression } from '#records';
import { secondsOf } from '../timing.ts';
import type { Bench } from '../bench.ts';
import { copyBytes, copyIn } from '../copy.ts';
import { BULK, openProducer } from './engine.ts';
import {
  compared,
  notRun,
  perSecond,
  reported,
  type Figure,
  type Target,
} from '../figure.ts';
import {
  bytesTopic,
  jsonLoad,
  leavesOf,
  produceRate,
  randomLoad,
  truncateTopic,
  type Load,
} from './load.ts';

const RECORDS = 1_000_000;

/** One way to produce, and what it has to reach. */
interface Production {
  readonly name: string;
  readonly what: string;
  readonly load: Load;
  readonly compressionType: Compression;
  readonly target?: Target;
}

/** What a producer stored of the load, as COPY has it: whole, and batch by batch. */
interface StoredRows {
  readonly client: Client;
  readonly leaf: string;
  readonly whole: readonly Buffer[];
  readonly batches: readonly Buffer[];
  readonly compression: string;
}

/** Random values, as they are. */
export async function produceUncompressed(bench: Bench): Promise<Figure[]> {
  return produce(bench, {
    name: 'produce',
    what: 'uncompressed',
    load: randomLoad(),
    compressionType: 'none',
    target: { atLeast: 0.6 },
  });
}

/** Small documents, packed. */
export async function produceCompressed(bench: Bench): Promise<Figure[]> {
  const figures: Figure[] = [];
  for (const compressionType of ['lz4', 'zstd'] as const) {
    const name = `produce-${compressionType}`;
    const what = `JSON, ${compressionType}`;
    const load = jsonLoad();
    figures.push(
      ...(await produce(bench, { name, what, load, compressionType })),
    );
  }
  return figures;
}

/** Records into a topic by a producer, against one binary COPY of the same rows into a table like the leaf. */
async function produce(
  bench: Bench,
  production: Production,
): Promise<Figure[]> {
  const { name, compressionType, target } = production;
  const count = bench.scaled(RECORDS);
  const what = `produce ${count} records, ${production.what}`;
  const stored = await storedRows(bench, production, count);
  if (stored.compression !== compressionType)
    return [notRun(name, what, 'the producer does not pack', '')];
  const copy = async (parts: readonly (readonly Buffer[])[]) =>
    count / (await copySeconds(stored, parts));
  const measured = await bench.measure({
    ours: async () => rateIntoNewTopic(bench, production, count),
    peer: async () => copy([stored.whole]),
  });
  const batches = stored.batches.map((batch) => [batch]);
  const byBatch = await bench.measureAlone(async () => copy(batches));
  const against = 'binary COPY of the same rows, one transaction';
  const figure = { name, what, against, measured, show: perSecond };
  const copyOfBatches = `binary COPY of them, committed batch by batch (${batches.length})`;
  return [
    compared({ ...figure, ...(target && { target }) }),
    reported(name, copyOfBatches, byBatch, perSecond),
  ];
}

async function rateIntoNewTopic(
  bench: Bench,
  { load, compressionType }: Production,
  count: number,
): Promise<number> {
  const topic = bytesTopic(bench.newName('produced'));
  const settings = { ...BULK, compressionType };
  const producer = await openProducer(bench.db, [topic], settings);
  const rate = await produceRate(producer, topic, load, count);
  await producer.close();
  await truncateTopic(bench, topic.name);
  return rate;
}

/** How long COPY takes into an empty table like the leaf, each part a transaction. */
async function copySeconds(
  { client, leaf }: StoredRows,
  parts: readonly (readonly Buffer[])[],
): Promise<number> {
  const table = 'copied';
  await client.query(`drop table if exists ${table}`);
  await client.query(`create table ${table} (like ${leaf} including all)`);
  return secondsOf(async () => {
    for (const part of parts) await copyIn(client, table, part);
  });
}

async function storedRows(
  bench: Bench,
  { load, compressionType }: Production,
  count: number,
): Promise<StoredRows> {
  const topic = bytesTopic(bench.newName('stored'));
  const settings = { ...BULK, compressionType };
  const producer = await openProducer(bench.db, [topic], settings);
  await produceRate(producer, topic, load, count);
  await producer.close();
  const client = await bench.client();
  const [leaf = '', ...more] = await leavesOf(bench, topic.name);
  if (more.length > 0) throw new Error(`${topic.name} has rolled`);
  const whole = await copyBytes(client, leaf);
  const { rows } = await client.query<{ at: string; packed: number }>(
    `select ctid::text as at, attributes & 7 as packed from ${leaf}`,
  );
  const batches: Buffer[] = [];
  for (const { at } of rows) {
    const row = `(select * from ${leaf} where ctid = '${at}')`;
    batches.push(Buffer.concat(await copyBytes(client, row)));
  }
  const compression = COMPRESSIONS[rows[0]?.packed ?? 0] as string;
  return { client, leaf, whole, batches, compression };
}
