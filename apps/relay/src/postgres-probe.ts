import { performance } from 'node:perf_hooks';
import { sleep } from '#kernel';
import type { Database } from '#postgres';

const PATIENCE_MS = 2_000;
const FRESH_MS = 1_000;

/**
 * Asks Postgres for a sign of life. However often it is asked itself, one query is under way at a time, and an answer
 * serves for a second: a query that hangs holds one connection, not one for each probe.
 */
export class PostgresProbe {
  readonly #db: Database;
  #asking: Promise<string | undefined> | undefined;
  #answer: string | undefined;
  #answeredAt = -Infinity;

  constructor(db: Database) {
    this.#db = db;
  }

  /** What is wrong with Postgres, two seconds from now at the latest; undefined where nothing is. */
  async fault(): Promise<string | undefined> {
    if (performance.now() - this.#answeredAt < FRESH_MS) return this.#answer;
    this.#asking ??= this.#ask();
    const patience = new AbortController();
    try {
      return await Promise.race([
        this.#asking,
        this.#impatience(patience.signal),
      ]);
    } finally {
      patience.abort();
    }
  }

  async #impatience(signal: AbortSignal): Promise<string> {
    await sleep(PATIENCE_MS, signal);
    return `Postgres has not answered for ${PATIENCE_MS} ms`;
  }

  async #ask(): Promise<string | undefined> {
    try {
      await this.#db.query('select 1');
      this.#answer = undefined;
    } catch (error) {
      this.#answer = (error as Error).message;
    }
    this.#answeredAt = performance.now();
    this.#asking = undefined;
    return this.#answer;
  }
}
