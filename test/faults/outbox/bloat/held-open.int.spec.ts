import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Client } from 'pg';
import type { Database, EmbeddedPostgres } from '#postgres';
import { startTestServer, TestDatabase, waitFor } from '#testing';
import { MovingOutbox } from './move-cost.js';

const MEASURED = 50;
const BETWEEN = 1_000;
/** An index of thousands of rows has a level more than one of a few. */
const SMALL_FACTOR = 1.5;

let server: EmbeddedPostgres;
let database: TestDatabase;
const open: Client[] = [];

beforeAll(async () => {
  server = await startTestServer({
    fsync: 'off',
    autovacuum: 'off',
    shared_preload_libraries: 'pg_stat_statements',
  });
  database = await TestDatabase.create(server.connectionString);
});
afterAll(async () => {
  await Promise.all(open.map((client) => client.end()));
  await database.close();
  await server.stop();
});

async function hold(connectionString: string, first: string): Promise<void> {
  const client = new Client({ connectionString });
  await client.connect();
  open.push(client);
  await client.query('begin isolation level repeatable read');
  await client.query(first);
}

/** Dead rows of the outbox and of the log, table by table, as the sessions that made them tell the statistics. */
async function deadRows(db: Database): Promise<Record<string, number>> {
  const { rows } = await db.query(
    `select relname as table, n_dead_tup::int as dead from pg_stat_user_tables
    where schemaname = $1 and relname ~ '^(outbox_(events|batches|cursors)|log)_' and n_dead_tup > 0`,
    [db.schema],
  );
  return Object.fromEntries(rows.map((row) => [row.table, row.dead]));
}

async function insertedRows(db: Database): Promise<number> {
  const { rows } = await db.query(
    `select coalesce(sum(n_tup_ins), 0)::int as inserted from pg_stat_user_tables
    where schemaname = $1 and relname ~ '^outbox_cursors_'`,
    [db.schema],
  );
  return rows[0]?.inserted as number;
}

describe('while a snapshot and writing transactions are held open', () => {
  it('a move reads as much after thousands of moves as at the start, and leaves no dead rows but those of aborted transactions', async () => {
    const db = database.open();
    await db.query('create extension pg_stat_statements');
    const moving = await MovingOutbox.open(db);
    await moving.move(10);
    await hold(database.connectionString, 'select count(*) from pg_class');
    await hold(database.connectionString, 'select pg_current_xact_id()');
    await hold(server.connectionString, 'select pg_current_xact_id()');

    const atTheStart = await moving.buffersPerMove(MEASURED);
    await moving.move(BETWEEN);
    const afterThousands = await moving.buffersPerMove(MEASURED);
    expect(afterThousands).toBeLessThan(atTheStart * SMALL_FACTOR);

    const aborted = await moving.abort();
    // A session that ends has told the statistics all that it did.
    await database.close();
    const looking = database.open();
    const moved = 10 + 2 * MEASURED + BETWEEN;
    await waitFor(
      'the statistics to have every move',
      async () => (await insertedRows(looking)) >= moved * 4,
    );
    expect(await deadRows(looking)).toEqual({ outbox_events_0: aborted });
  }, 120_000);
});
