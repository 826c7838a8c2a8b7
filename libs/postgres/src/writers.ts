import { performance } from 'node:perf_hooks';
import type { Pool, PoolClient } from 'pg';

/** How long a connection is kept at hand for the next flight before the pool has it back. */
const SPARE_MS = 1_000;

/**
 * The pool of connections for writing, and at most one of them kept at hand: who flies often does not pay for the pool
 * each time. Of each connection it is known which timeline its server writes: a server that takes writes does not change
 * it while a connection lasts.
 */
export class Writers {
  readonly pool: Pool;
  readonly #timelines = new WeakMap<object, number>();
  readonly #usedAt = new WeakMap<object, number>();
  #spare: PoolClient | undefined;
  #sparedAt = 0;
  #timer: NodeJS.Timeout | undefined;
  #isEnding = false;

  constructor(pool: Pool) {
    this.pool = pool;
    pool.on('connect', (client) =>
      client.once('end', () => this.#lost(client)),
    );
    pool.on('release', (_, client) => this.#touch(client));
  }

  /** The connection at hand, or else one of the pool. */
  takeSpare(): PoolClient | undefined {
    const spare = this.#spare;
    this.#spare = undefined;
    return spare;
  }

  /** Takes a connection back; one that is not fit is closed. */
  give(client: PoolClient, isFit: boolean): void {
    const isWanted = this.#isEnding || this.pool.waitingCount > 0;
    if (!isFit || isWanted || this.#spare) {
      client.release(!isFit);
      return;
    }
    this.#touch(client);
    this.#spare = client;
    this.#sparedAt = performance.now();
    this.#timer ??= setTimeout(() => this.#tidy(), SPARE_MS).unref();
  }

  /**
   * The timeline of the server that a connection leads to, where it is known and the connection answered within the last
   * second, so that it is taken to be there still.
   */
  warmTimeline(client: PoolClient): number | undefined {
    const usedAt = this.#usedAt.get(client) ?? -Infinity;
    if (performance.now() - usedAt > SPARE_MS) return undefined;
    return this.#timelines.get(client);
  }

  /** Notes what a connection's server said of its timeline. */
  noteTimeline(client: PoolClient, timeline: number): void {
    this.#timelines.set(client, timeline);
  }

  async end(): Promise<void> {
    this.#isEnding = true;
    clearTimeout(this.#timer);
    this.takeSpare()?.release();
    await this.pool.end();
  }

  #touch(client: PoolClient): void {
    this.#usedAt.set(client, performance.now());
  }

  /** Gives the connection at hand back to the pool once nobody has flown for a while. */
  #tidy(): void {
    this.#timer = undefined;
    if (!this.#spare) return;
    const restMs = this.#sparedAt + SPARE_MS - performance.now();
    if (restMs > 0)
      this.#timer = setTimeout(() => this.#tidy(), restMs).unref();
    else this.takeSpare()?.release();
  }

  #lost(client: PoolClient): void {
    if (this.#spare !== client) return;
    this.#spare = undefined;
    client.release(true);
  }
}
