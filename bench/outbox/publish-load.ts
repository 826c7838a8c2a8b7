import { Pool } from 'pg';
import type { Outbox } from '#outbox';
import { businessTransaction } from './business.ts';
import { eventOf, EVENTS } from './events.ts';
import { callsOf, clock, openLoop, type Load } from './open-loop.ts';

/** As many business transactions as may be under way at once. */
const CONNECTIONS = 20;

/** When the transactions of a load went, by their numbers, in milliseconds of the machine's clock. */
export interface Published {
  /** When each was to begin. */
  readonly due: Float64Array;
  /** When each had a connection and began. */
  readonly begun: Float64Array;
  /** When its COMMIT was sent. */
  readonly committed: Float64Array;
}

/** Business transactions of one publish each, as many a second as the load says, over a pool of the application's own. */
export async function publishLoad(
  connectionString: string,
  outbox: Outbox,
  load: Load,
): Promise<Published> {
  const count = callsOf(load);
  const pool = new Pool({ connectionString, max: CONNECTIONS });
  const published = {
    due: new Float64Array(count),
    begun: new Float64Array(count),
    committed: new Float64Array(count),
  };
  await openLoop(load, async (n, due) => {
    published.due[n] = due;
    const client = await pool.connect();
    published.begun[n] = clock();
    await businessTransaction(
      client,
      n,
      () => outbox.publish(client, EVENTS, eventOf(n)),
      () => (published.committed[n] = clock()),
    );
    client.release();
  });
  await pool.end();
  return published;
}
