import { randomBytes } from 'node:crypto';
import type { Client } from 'pg';
import { createTopic, LogWriter } from '#log';
import { encodeRecordBatch } from '#records';
import type { Bench } from '../bench.ts';
import { openProducer } from './engine.ts';
import { compared, microseconds, type Figure, type Target } from '../figure.ts';
import { latenciesInTurn } from '../in-turn.ts';
import { bytesTopic, VALUE_BYTES } from './load.ts';

const SENDS = 1_000;

const TARGET: Target = { atMost: 1.5 };

/** One way to send one record and to wait until it is flushed. */
interface Way {
  readonly what: string;
  readonly send: () => Promise<unknown>;
}

/** One record in flight, acknowledged when it is flushed, against an autocommitted INSERT of the same bytes. */
export async function latency(bench: Bench): Promise<Figure[]> {
  const value = randomBytes(VALUE_BYTES);
  const record = { timestamp: Date.now(), key: null, value };
  const batch = encodeRecordBatch([record]);
  const insert = await plainInsert(bench, batch);
  const figures: Figure[] = [];
  for (const way of await waysToSend(bench, value, batch))
    figures.push(await againstInsert(bench, way, insert));
  const floor = await againstInsert(
    bench,
    {
      what: 'bare pg: BEGIN, lock, INSERT, COMMIT',
      send: await bareFlight(bench, batch),
    },
    insert,
  );
  return [...figures, { ...floor, target: '', met: undefined }];
}

async function waysToSend(
  bench: Bench,
  value: Buffer,
  batch: Buffer,
): Promise<Way[]> {
  const topic = bytesTopic('latency', 1);
  const producer = await openProducer(bench.db, [topic]);
  await createTopic(bench.db, { name: 'latency-append' });
  const writer = new LogWriter(bench.db, bench.catalogue);
  const requests = [{ topic: 'latency-append', partition: 0, batch }];
  return [
    {
      what: 'one record in flight, Producer.send',
      send: async () => producer.send(topic, { value }),
    },
    {
      what: 'one record in flight, LogWriter.append',
      send: async () => writer.append(requests, { acks: 1 }),
    },
  ];
}

async function againstInsert(
  bench: Bench,
  { what, send }: Way,
  insert: () => Promise<unknown>,
): Promise<Figure> {
  const measured = await latenciesInTurn(bench, bench.scaled(SENDS), {
    ours: send,
    peer: insert,
  });
  return compared({
    name: 'latency',
    what,
    against: 'autocommitted one-row INSERT, prepared',
    measured,
    show: microseconds,
    target: TARGET,
  });
}

/** An autocommitted INSERT of one row by a prepared statement, on one connection without any engine. */
export async function plainInsert(
  bench: Bench,
  batch: Buffer,
): Promise<() => Promise<unknown>> {
  const client = await bench.client();
  await makePlainTable(client);
  return async () => client.query(plainInsertOf(batch));
}

export async function makePlainTable(client: Client): Promise<void> {
  await client.query(
    'create table plain (id bigint generated always as identity primary key, batch bytea not null)',
  );
}

export function plainInsertOf(batch: Buffer) {
  const text = 'insert into plain (batch) values ($1)';
  return { name: 'plain', text, values: [batch] };
}

/** What the protocol costs without any engine: a lock alone in its statement, and an INSERT, in one transaction. */
async function bareFlight(
  bench: Bench,
  batch: Buffer,
): Promise<() => Promise<unknown>> {
  const client = await bench.client({ pipeline: true });
  const lock = { name: 'lock', text: 'select pg_advisory_xact_lock(1)' };
  return async () =>
    Promise.all([
      client.query('begin'),
      client.query(lock),
      client.query(plainInsertOf(batch)),
      client.query('commit'),
    ]);
}
