import type { Database } from '#postgres';
import { waitFor } from '#testing';
import { PUBLISHER } from './publishers.js';

/** Looks again and again whether a publisher waits for a lock of a table, and for whom. */
export class LockWatch {
  /** What was seen, in words. */
  readonly waits: string[] = [];
  readonly #db: Database;
  #watching: Promise<void> | undefined;
  #looks = 0;
  #stopped = false;

  constructor(db: Database) {
    this.#db = db;
  }

  start(): void {
    this.#watching ??= this.#watch();
  }

  /** Waits until it has looked so many more times. */
  async looked(times: number): Promise<void> {
    const before = this.#looks;
    await waitFor(`${times} looks`, () => this.#looks >= before + times);
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    await this.#watching;
  }

  async #watch(): Promise<void> {
    while (!this.#stopped) {
      // That two of them extend a table at the same time is their own affair.
      const { rows } = await this.#db.query(
        `select format('%s on %s, held up by %s', mode, relation::regclass, blocker.query) as wait
        from pg_locks
        join pg_stat_activity as waiting using (pid)
        left join lateral unnest(pg_blocking_pids(pid)) as blocking(pid) on true
        left join pg_stat_activity as blocker on blocker.pid = blocking.pid
        where not granted and locktype = 'relation' and waiting.application_name = $1`,
        [PUBLISHER],
      );
      this.waits.push(...rows.map(({ wait }) => String(wait)));
      this.#looks += 1;
    }
  }
}
