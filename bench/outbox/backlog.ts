import { Client } from 'pg';
import { describeTopic } from '#log';
import { readOutboxStatus } from '#outbox';
import { migrate, type Database } from '#postgres';
import { withDatabase } from '../with-database.ts';
import type { Bench } from '../bench.ts';
import {
  copyEvents,
  defineCopying,
  EVENTS,
  prepareCopies,
  PREPARED,
  withOutbox,
} from './events.ts';

/** A database whose outbox has events that nobody has moved. */
export interface Backlog {
  readonly connectionString: string;
  readonly count: number;
  readonly db: Database;
  /** A connection without any engine. */
  readonly client: Client;
}

/**
 * Runs `body` with a backlog of `count` events in a new database, dropped behind it. It is vacuumed and analysed, as
 * autovacuum does a minute after such a backlog was written: nobody pays for having been the first to read it, and
 * autovacuum does not come in between.
 */
export async function withBacklog<Result>(
  bench: Bench,
  count: number,
  body: (backlog: Backlog) => Promise<Result>,
): Promise<Result> {
  return withDatabase(bench.connectionString, 'backlog', async (url) => {
    await migrate({ connection: url });
    return withOutbox(url, async (outbox, db) => {
      const client = new Client({ connectionString: url });
      await client.connect();
      try {
        await prepareCopies(client, outbox, db.schema);
        await defineCopying(client, db.schema);
        await copyEvents(client, count - PREPARED);
        await client.query(`vacuum (analyze) ${db.schema}.outbox_events`);
        return await body({ connectionString: url, count, db, client });
      } finally {
        await client.end();
      }
    });
  });
}

/** A drain that left something behind, or moved something twice, would be no measurement. */
export async function requireDrained({ db, count }: Backlog): Promise<void> {
  const { pending, published } = await readOutboxStatus(db);
  const { partitions } = await describeTopic(db, EVENTS.name);
  const offsets = partitions.reduce(
    (sum, { logEndOffset }) => sum + Number(logEndOffset),
    0,
  );
  if (pending === 0 && published === count && offsets === count) return;
  throw new Error(
    `${count} events: ${published} are published, ${pending} pending, ${offsets} in the log`,
  );
}
