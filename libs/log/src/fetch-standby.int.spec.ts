import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { Database, migrate, type EmbeddedPostgres } from '#postgres';
import { startStandby, startTestServer, waitFor } from '#testing';
import { append } from './append.js';
import { Catalogue } from './catalogue.js';
import { createTopic } from './create-topic.js';
import { fetch } from './fetch.js';
import { fetchWaiting } from './fetch-waiting.js';
import { numberedBatch } from './fixtures/numbered-batch.js';
import { listOffsets } from './list-offsets.js';

jest.setTimeout(60_000);

type Standby = Awaited<ReturnType<typeof startStandby>>;

let server: EmbeddedPostgres;
let standby: Standby;
let db: Database;
const topic = 'replicated';

beforeAll(async () => {
  server = await startTestServer();
  await migrate({ connection: server.connectionString });
  db = new Database({ connection: server.connectionString });
  await createTopic(db, {
    name: topic,
    config: { 'consumer.visibility': 'replicated', 'min.insync.replicas': 2 },
  });
  standby = await startStandby(server, { name: 'a' });
});

afterAll(async () => {
  await standby.stop();
  await db.close();
  await server.stop();
});

const put = (count: number) =>
  append(db, new Catalogue(db), [
    { topic, partition: 0, batch: numberedBatch(count) },
  ]);

describe('Readers that are held to what is replicated', () => {
  const catalogue = () => new Catalogue(db);
  const request = (offset: bigint) => [{ topic, partition: 0, offset }];

  it('see what the standby has flushed, and nothing behind it', async () => {
    await put(3);
    const [first] = await fetchWaiting(db, catalogue(), request(0n), {
      maxWaitMs: 20_000,
    });
    expect(first).toMatchObject({
      batches: [{ baseOffset: 0n }],
      highWatermark: 3n,
    });
    await standby.stop();
    await waitFor('the standby to be gone', async () => {
      const { rows } = await db.query('select from pg_stat_replication');
      return rows.length === 0;
    });
    await put(2);
    const [held] = await fetch(db, catalogue(), request(0n));
    expect(held).toMatchObject({
      batches: [{ baseOffset: 0n }],
      nextOffset: 3n,
      highWatermark: 3n,
      logEndOffset: 5n,
    });
    standby = await startStandby(server, { name: 'b' });
    const [behind] = await fetchWaiting(db, catalogue(), request(3n), {
      maxWaitMs: 20_000,
    });
    expect(behind).toMatchObject({
      batches: [{ baseOffset: 3n }],
      highWatermark: 5n,
    });
    const [latest] = await listOffsets(db, catalogue(), [
      { topic, partition: 0, at: 'latest' },
    ]);
    expect(latest?.offset).toBe(5n);
  });

  it('can read on the standby itself, which has flushed what it shows', async () => {
    const other = new Database({ connection: standby.connectionString });
    const reading = new Catalogue(other);
    await waitFor('the standby to have replayed', async () => {
      const [read] = await fetch(other, reading, request(0n));
      return read?.logEndOffset === 5n && read.highWatermark === 5n;
    });
    const [read] = await fetch(other, reading, request(0n));
    expect(read?.batches.map(({ baseOffset }) => baseOffset)).toEqual([0n, 3n]);
    await other.close();
  });
});
