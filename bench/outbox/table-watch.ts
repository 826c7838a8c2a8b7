import { setTimeout as delay } from 'node:timers/promises';
import type { ClientBase } from 'pg';

/** Bytes of tables, indexes and TOAST, at a time in seconds from the beginning. */
export interface Sizes {
  readonly at: number;
  readonly outbox: number;
  readonly log: number;
}

const LOOK_MS = 1_000;
const LOCKS_LOOK_MS = 20;
const OUTBOX = '^outbox_(events|batches|cursors|deliveries)_[0-9]+$';
const LOG = '^log_[0-9]+_[0-9]+$';

/** Looks each second at the parts of the outbox and the leaves of the log, and often at who waits for a lock. */
export class TableWatch {
  /** The most dead tuples that one table had. */
  dead = 0;
  /** Rows that were updated or deleted, in all tables that stood at one time. */
  changed = 0;
  /** How often a session of the application was seen waiting for a lock. */
  lockWaits = 0;
  readonly sizes: Sizes[] = [];
  readonly #client: ClientBase;
  readonly #schema: string;
  readonly #application: string;

  constructor(client: ClientBase, schema: string, application: string) {
    this.#client = client;
    this.#schema = schema;
    this.#application = application;
  }

  async run(seconds: number): Promise<void> {
    const began = performance.now();
    let lookAt = 0;
    for (;;) {
      const at = performance.now() - began;
      if (at >= lookAt) {
        await this.#look(at / 1_000);
        lookAt = at + LOOK_MS;
      }
      if (at > seconds * 1_000) return;
      await this.#lookForWaits();
      await delay(LOCKS_LOOK_MS);
    }
  }

  async #look(at: number): Promise<void> {
    const { rows } = await this.#client.query<
      Sizes & { dead: number; changed: number }
    >(
      `select
        coalesce(max(n_dead_tup), 0)::int as dead,
        coalesce(sum(n_tup_upd + n_tup_del), 0)::int as changed,
        coalesce(sum(pg_total_relation_size(relid)) filter (where relname ~ $2), 0)::float8 as outbox,
        coalesce(sum(pg_total_relation_size(relid)) filter (where relname ~ $3), 0)::float8 as log
      from pg_stat_user_tables
      where schemaname = $1 and (relname ~ $2 or relname ~ $3)`,
      [this.#schema, OUTBOX, LOG],
    );
    const [seen] = rows;
    if (!seen) return;
    this.dead = Math.max(this.dead, seen.dead);
    this.changed = Math.max(this.changed, seen.changed);
    this.sizes.push({ at, outbox: seen.outbox, log: seen.log });
  }

  async #lookForWaits(): Promise<void> {
    const { rows } = await this.#client.query<{ waiting: number }>(
      `select count(*)::int as waiting from pg_stat_activity
      where application_name = $1 and wait_event_type = 'Lock'`,
      [this.#application],
    );
    this.lockWaits += rows[0]?.waiting ?? 0;
  }
}
