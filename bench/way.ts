import Table from 'cli-table3';
import { randomBytes } from 'node:crypto';
import { sleep } from '#kernel';
import { append, Catalogue, createTopic } from '#log';
import { Outbox, Relay } from '#outbox';
import { Database, migrate, startEmbeddedPostgres } from '#postgres';
import { encodeRecordBatch } from '#records';
import { defineTopic } from '#schemas';
import { readLog } from '#testing';
import { medianOf, secondsOf, type Figure } from './figure.ts';

const ROUNDS = 5;
const EVENTS = 50_000;
const BATCHES = 200;
const RECORDS_A_BATCH = 1_000;

const events = defineTopic('events', {
  partitions: 6,
  value: {
    type: 'record',
    name: 'Event',
    fields: [{ name: 'text', type: 'string' }],
  },
});

/** Appends of one small batch, one after the other, against a plain INSERT of the same bytes. */
async function appendLatency(db: Database): Promise<Figure> {
  const catalogue = new Catalogue(db);
  await createTopic(db, { name: 'latency' });
  await db.query(
    'create table plain (id bigint generated always as identity primary key, batch bytea not null)',
  );
  const batch = encodeRecordBatch([
    { timestamp: 0, key: null, value: randomBytes(100) },
  ]);
  const times = async (act: () => Promise<unknown>) =>
    medianOf(ROUNDS, () =>
      secondsOf(async () => {
        for (let n = 0; n < BATCHES; n += 1) await act();
      }),
    );
  const ours = await times(() =>
    append(db, catalogue, [{ topic: 'latency', partition: 0, batch }]),
  );
  const plain = await times(() =>
    db.query('insert into plain (batch) values ($1)', [batch]),
  );
  return {
    what: 'append of one record, 1 in flight',
    value: `${((ours / BATCHES) * 1e6).toFixed(0)} µs`,
    against: 'autocommitted one-row INSERT',
    peer: `${((plain / BATCHES) * 1e6).toFixed(0)} µs`,
    ratio: (ours / plain).toFixed(2),
  };
}

/** Reading and decoding a topic, every CRC checked, against binary COPY of the same bytes, undecoded. */
async function fetchRate(db: Database): Promise<Figure> {
  const catalogue = new Catalogue(db);
  const topic = await createTopic(db, { name: 'fetched' });
  const records = Array.from({ length: RECORDS_A_BATCH }, () => ({
    timestamp: 0,
    key: randomBytes(10),
    value: randomBytes(100),
  }));
  const batch = encodeRecordBatch(records);
  for (let n = 0; n < BATCHES; n += 1)
    await append(db, catalogue, [{ topic: 'fetched', partition: 0, batch }]);
  const ours = await medianOf(ROUNDS, () =>
    secondsOf(() => readLog(db, 'fetched')),
  );
  const copy = await medianOf(ROUNDS, () =>
    secondsOf(() => db.copyOut(`select batch from ${db.schema}.${topic.leaf}`)),
  );
  const rate = (seconds: number) =>
    `${((BATCHES * RECORDS_A_BATCH) / seconds / 1e6).toFixed(2)} M records/s`;
  return {
    what: 'fetch + decode',
    value: rate(ours),
    against: 'binary COPY out, undecoded',
    peer: rate(copy),
    ratio: (copy / ours).toFixed(2),
  };
}

/** Publishes `EVENTS` events, a thousand a transaction. */
async function publishBacklog(db: Database, outbox: Outbox): Promise<void> {
  const text = 'x'.repeat(150);
  for (let n = 0; n < EVENTS; n += 1_000) {
    const page = Array.from({ length: 1_000 }, (_, k) => ({
      key: `k${(n + k) % 5_000}`,
      value: { text },
    }));
    await db.transaction((tx) => outbox.publish(tx, events, page));
  }
}

/** A relay draining a backlog, against INSERT … SELECT of the same rows, on the server alone. */
async function drainRate(db: Database): Promise<Figure> {
  const outbox = await Outbox.open(db, [events]);
  const drain = await medianOf(ROUNDS, async () => {
    await publishBacklog(db, outbox);
    const relay = new Relay(db);
    return secondsOf(async () => {
      relay.start();
      while (relay.status.moved < EVENTS) await sleep(2);
      await relay.stop();
    });
  });
  const copied = await copySeconds(db);
  const rate = (seconds: number) =>
    `${(EVENTS / seconds / 1e3).toFixed(0)} k events/s`;
  return {
    what: `relay drains ${EVENTS} events of 150 bytes`,
    value: rate(drain),
    against: 'INSERT … SELECT into a like table, server alone',
    peer: rate(copied),
    ratio: (copied / drain).toFixed(2),
  };
}

async function copySeconds(db: Database): Promise<number> {
  const source = `${db.schema}.outbox_events`;
  await db.query(`create table copied (like ${source} including indexes)`);
  const copy = `insert into copied overriding system value
    select * from ${source} where id > (select coalesce(max(id), 0) from copied) order by id limit ${EVENTS}`;
  return medianOf(ROUNDS, () => secondsOf(() => db.query(copy)));
}

/** Measures the way of one event, step by step; everything on one machine. */
async function main(): Promise<void> {
  const server = await startEmbeddedPostgres();
  await migrate({ connection: server.connectionString });
  const db = new Database({ connection: server.connectionString });
  const figures = [
    await appendLatency(db),
    await fetchRate(db),
    await drainRate(db),
  ];
  await db.close();
  await server.stop();
  const table = new Table({
    head: ['what', 'value', 'against', 'peer', 'ratio'],
  });
  for (const { what, value, against, peer, ratio } of figures)
    table.push([what, value, against, peer, ratio]);
  process.stdout.write(`${table.toString()}\n`);
}

await main();
