import { setTimeout as delay } from 'node:timers/promises';
import type { ClientBase } from 'pg';

/** Bytes of tables with their indexes and TOAST, at a time in seconds from the beginning. */
export interface Sizes {
  readonly at: number;
  readonly outbox: number;
  readonly log: number;
}

const LOOK_MS = 1_000;
const WAITS_LOOK_MS = 20;
const OUTBOX = '^outbox_(events|batches|cursors|deliveries)_[0-9]+$';
const LOG = '^log_[0-9]+_[0-9]+$';

const COUNTERS = `
  select coalesce(max(n_dead_tup), 0)::int as dead, coalesce(sum(n_tup_upd + n_tup_del), 0)::int as changed
  from pg_stat_user_tables
  where schemaname = $1 and (relname ~ $2 or relname ~ $3)`;

/** From the files: `pg_relation_size` would lock the tables, and keep those waiting who want to empty them. */
const SIZES = `
  with leaf as (
    select leaf.oid, leaf.reltoastrelid, leaf.relname ~ $2 as of_outbox
    from pg_class as leaf
    where leaf.relnamespace = $1::regnamespace and leaf.relkind = 'r' and (leaf.relname ~ $2 or leaf.relname ~ $3)
  ), heap as (
    select oid, of_outbox from leaf
    union all
    select reltoastrelid, of_outbox from leaf where reltoastrelid <> 0
  ), relation as (
    select oid, of_outbox from heap
    union all
    select key.indexrelid, heap.of_outbox from pg_index as key join heap on heap.oid = key.indrelid
  )
  select
    coalesce(sum(file.size) filter (where of_outbox), 0)::float8 as outbox,
    coalesce(sum(file.size) filter (where not of_outbox), 0)::float8 as log
  from relation, pg_stat_file(pg_relation_filepath(relation.oid), true) as file`;

const WAITING = `
  select wait_event as lock from pg_stat_activity
  where application_name = $1 and wait_event_type = 'Lock'`;

/** What waits for TRUNCATE waits for this kind of lock; others are waited for with or without cleaning. */
const TABLE_LOCK = 'relation';

/** Looks each second at the parts of the outbox and the leaves of the log, and often at who waits for a lock. */
export class TableWatch {
  /** The most dead tuples that one table had. */
  dead = 0;
  /** Rows that were updated or deleted, in all tables that stood at one time. */
  changed = 0;
  /** How often a session of the application was seen waiting for the lock of a table. */
  tableLockWaits = 0;
  /** How often for another lock: of the end of a file that another session is making longer. */
  otherLockWaits = 0;
  readonly sizes: Sizes[] = [];
  readonly #schema: string;
  readonly #application: string;

  constructor(schema: string, application: string) {
    this.#schema = schema;
    this.#application = application;
  }

  /** Watches over two connections, so that no look waits for another. */
  async run(
    [first, second]: readonly [ClientBase, ClientBase],
    seconds: number,
  ): Promise<void> {
    const began = performance.now();
    const at = () => (performance.now() - began) / 1_000;
    await Promise.all([
      again(LOOK_MS, seconds, async () => this.#look(first, at())),
      again(WAITS_LOOK_MS, seconds, async () => this.#lookForWaits(second)),
    ]);
  }

  async #look(client: ClientBase, at: number): Promise<void> {
    const values = [this.#schema, OUTBOX, LOG];
    type Counters = { readonly dead: number; readonly changed: number };
    const counted = await client.query<Counters>(COUNTERS, values);
    const sized = await client.query<Omit<Sizes, 'at'>>(SIZES, values);
    const { dead = 0, changed = 0 } = counted.rows[0] ?? {};
    const { outbox = 0, log = 0 } = sized.rows[0] ?? {};
    this.dead = Math.max(this.dead, dead);
    this.changed = Math.max(this.changed, changed);
    this.sizes.push({ at, outbox, log });
  }

  async #lookForWaits(client: ClientBase): Promise<void> {
    const { rows } = await client.query<{ lock: string }>(WAITING, [
      this.#application,
    ]);
    for (const { lock } of rows) {
      if (lock === TABLE_LOCK) this.tableLockWaits += 1;
      else this.otherLockWaits += 1;
    }
  }
}

/** Does it again and again for so many seconds, and once at the end. */
async function again(
  everyMs: number,
  seconds: number,
  act: () => Promise<void>,
): Promise<void> {
  const until = performance.now() + seconds * 1_000;
  while (performance.now() < until) {
    await act();
    await delay(everyMs);
  }
  await act();
}
