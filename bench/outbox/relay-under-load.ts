import { setTimeout as delay } from 'node:timers/promises';
import { Client, Pool } from 'pg';
import { migrate } from '#postgres';
import type { Outbox } from '#outbox';
import type { Bench } from '../bench.ts';
import { withDatabase } from '../with-database.ts';
import { businessTransaction, makeBusinessTable } from './business.ts';
import {
  eventOfEachShard,
  EVENTS,
  eventsFrom,
  prepareCopies,
  PREPARED,
  withOutbox,
} from './events.ts';
import { openLoop } from './open-loop.ts';
import { RelayChild } from './relay-child.ts';

/** Business transactions a second, and events in each. */
const TRANSACTIONS = 100;
const EVENTS_A_TRANSACTION = 10;
/** How often the templates are copied for one burst, and how often there is one. */
const COPIES = 3;
const BURST_EVERY_MS = 3_000;
const WARM_UP_BURSTS = 5;
const CONNECTIONS = 10;

/** The rate at which a burst was moved, and when, in seconds from the beginning. */
export interface Burst {
  readonly at: number;
  readonly rate: number;
}

/** Something held open in the cluster; the returned function ends it. */
export type Hold = (
  connectionString: string,
  bench: Bench,
) => Promise<() => Promise<void>>;

/**
 * How fast a relay moves bursts of 30,000 events while transactions of ten events come at a steady rate: the steady ones
 * make moves and cursors by the thousand, the bursts show what the relay can do then. `hold` holds something open
 * meanwhile.
 */
export async function relayUnderLoad(
  bench: Bench,
  seconds: number,
  hold: Hold,
): Promise<Burst[]> {
  return withDatabase(bench.connectionString, 'held', async (url) => {
    await migrate({ connection: url });
    return withOutbox(url, async (outbox, db) => {
      await makeBusinessTable(db);
      return RelayChild.with(async (relay) => {
        const load = new SteadyLoad(url, outbox, db.schema, relay);
        try {
          await load.warmUp();
          const release = await hold(url, bench);
          const bursts = await load.run(seconds);
          await release();
          return bursts;
        } finally {
          await load.close();
        }
      });
    });
  });
}

class SteadyLoad {
  readonly #url: string;
  readonly #outbox: Outbox;
  readonly #schema: string;
  readonly #relay: RelayChild;
  readonly #pool: Pool;
  readonly #client: Client;
  /** Events that are committed. */
  #written = 0;

  constructor(url: string, outbox: Outbox, schema: string, relay: RelayChild) {
    this.#url = url;
    this.#outbox = outbox;
    this.#schema = schema;
    this.#relay = relay;
    this.#pool = new Pool({ connectionString: url, max: CONNECTIONS });
    this.#client = new Client({ connectionString: url });
  }

  async warmUp(): Promise<void> {
    await this.#client.connect();
    await prepareCopies(this.#client, this.#outbox, this.#schema);
    this.#written += PREPARED;
    await this.#relay.start(this.#url);
    for (let n = 0; n < WARM_UP_BURSTS; n += 1) await this.#burst();
    // As autovacuum does within a minute: statistics decide on plans, and no run is to have others than the next.
    await this.#client.query('vacuum (analyze)');
    await this.#client.query('checkpoint');
  }

  async run(seconds: number): Promise<Burst[]> {
    const load = { perSecond: TRANSACTIONS, seconds };
    const [bursts] = await Promise.all([
      this.#bursts(seconds),
      openLoop(load, async (n) => this.#publish(n)),
    ]);
    await this.#relay.untilMoved(this.#written);
    return bursts;
  }

  async close(): Promise<void> {
    await this.#pool.end();
    await this.#client.end();
  }

  async #publish(n: number): Promise<void> {
    const client = await this.#pool.connect();
    const events = eventsFrom(n * EVENTS_A_TRANSACTION, EVENTS_A_TRANSACTION);
    await businessTransaction(client, n, async () =>
      this.#outbox.publish(client, EVENTS, events),
    );
    this.#written += EVENTS_A_TRANSACTION;
    client.release();
  }

  async #bursts(seconds: number): Promise<Burst[]> {
    const began = performance.now();
    const bursts: Burst[] = [];
    for (;;) {
      await delay(BURST_EVERY_MS);
      const at = (performance.now() - began) / 1_000;
      if (at > seconds) return bursts;
      bursts.push({ at, rate: await this.#burst() });
    }
  }

  /** Writes many events in one transaction, and returns at what rate they were moved from its COMMIT on. */
  async #burst(): Promise<number> {
    const last = eventOfEachShard();
    await this.#client.query('begin');
    await this.#client.query(
      `insert into ${this.#schema}.outbox_events (event_id, shard, topic_number, timestamp, key, value, headers)
      select gen_random_uuid(), shard, topic_number, timestamp, key, value, headers
      from generate_series(1, ${COPIES}) as copy, template order by copy, n`,
    );
    // Published and not copied: the relay hears of each shard.
    await this.#outbox.publish(this.#client, EVENTS, last);
    const { moved: before } = await this.#relay.progress();
    await this.#client.query('commit');
    const began = performance.now();
    this.#written += COPIES * PREPARED + last.length;
    await this.#relay.untilMoved(this.#written);
    const { moved } = await this.#relay.progress();
    return ((moved - before) / (performance.now() - began)) * 1_000;
  }
}
