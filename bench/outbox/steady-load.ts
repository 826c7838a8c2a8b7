import { Client, Pool } from 'pg';
import { createTopic, LogMaintenance } from '#log';
import type { Outbox } from '#outbox';
import { Database, migrate } from '#postgres';
import type { Bench } from '../bench.ts';
import { withDatabase } from '../with-database.ts';
import { INSERT_BUSINESS, makeBusinessTable } from './business.ts';
import { startCleaning } from './cleaning.ts';
import { EVENTS, eventsFrom, withOutbox } from './events.ts';
import { callsOf, openLoop, type Load } from './open-loop.ts';
import { RelayChild } from './relay-child.ts';
import { TableWatch } from './table-watch.ts';

/** Business transactions a second, and events in each: 1,000 events a second. */
const TRANSACTIONS = 250;
const EVENTS_A_TRANSACTION = 4;
const CONNECTIONS = 20;
const APPLICATION = 'postamt-bench-business';
/** INSERTs that are not counted: code that runs for the first time, connections that are opened. */
const WARM_UP_SECONDS = 5;
const MAINTENANCE_MS = 1_000;
/** The log is kept for seconds, so that its sizes, too, can be seen to be bounded. */
const SHORT_LIVED = {
  'segment.bytes': 4 * 1_048_576,
  'segment.ms': 5_000,
  'retention.ms': 10_000,
};

/** What minutes of a steady load came to. */
export interface SteadyRun {
  readonly watch: TableWatch;
  /** Seconds that the INSERTs of each business transaction took, its own and that of its events. */
  readonly inserts: readonly number[];
  /** How often the ring has turned to its next part. */
  readonly turns: number;
}

/** A thousand events a second with the server's autovacuum as it is by default, with or without cleaning of the outbox. */
export async function runSteadyLoad(
  bench: Bench,
  seconds: number,
  cleaned: boolean,
): Promise<SteadyRun> {
  return withDatabase(bench.connectionString, 'steady', async (url) => {
    await migrate({ connection: url });
    await makeTables(url);
    return withOutbox(url, async (outbox, db) =>
      RelayChild.with(async (relay) => {
        await relay.start(url);
        const maintenance = new LogMaintenance(db, {
          intervalMs: MAINTENANCE_MS,
        });
        maintenance.start();
        const cleaning = cleaned ? startCleaning(db) : undefined;
        const run = await watchLoad(url, outbox, db.schema, seconds);
        await relay.untilMoved(seconds * TRANSACTIONS * EVENTS_A_TRANSACTION);
        await cleaning?.stop();
        await maintenance.stop();
        await relay.stop();
        return run;
      }),
    );
  });
}

async function makeTables(connectionString: string): Promise<void> {
  const db = new Database({ connection: connectionString });
  await makeBusinessTable(db);
  await createTopic(db, { ...EVENTS, partitions: 6, config: SHORT_LIVED });
  await db.close();
}

async function watchLoad(
  url: string,
  outbox: Outbox,
  schema: string,
  seconds: number,
): Promise<SteadyRun> {
  const client = await connect(url);
  const other = await connect(url);
  const before = await partNumber(client, schema);
  const watch = new TableWatch(schema, APPLICATION);
  const load = { perSecond: TRANSACTIONS, seconds };
  const [inserts] = await Promise.all([
    timedInserts(url, outbox, load),
    watch.run([client, other], seconds),
  ]);
  const turns = (await partNumber(client, schema)) - before;
  await Promise.all([client.end(), other.end()]);
  return { watch, inserts, turns };
}

async function connect(connectionString: string): Promise<Client> {
  const client = new Client({ connectionString });
  await client.connect();
  return client;
}

async function timedInserts(
  connectionString: string,
  outbox: Outbox,
  load: Load,
): Promise<number[]> {
  const pool = new Pool({
    connectionString,
    max: CONNECTIONS,
    application_name: APPLICATION,
  });
  const times: number[] = Array.from({ length: callsOf(load) }, () => 0);
  await openLoop(load, async (n) => {
    const client = await pool.connect();
    const events = eventsFrom(n * EVENTS_A_TRANSACTION, EVENTS_A_TRANSACTION);
    await client.query('begin');
    const began = performance.now();
    await client.query(INSERT_BUSINESS, [`incident ${n}`, 'Accepted']);
    await outbox.publish(client, EVENTS, events);
    times[n] = (performance.now() - began) / 1_000;
    await client.query('commit');
    client.release();
  });
  await pool.end();
  return times.slice(WARM_UP_SECONDS * TRANSACTIONS);
}

async function partNumber(client: Client, schema: string): Promise<number> {
  const { rows } = await client.query<{ number: number }>(
    `select last_value::int as number from ${schema}.outbox_part_number`,
  );
  return rows[0]?.number ?? 0;
}
