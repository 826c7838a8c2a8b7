import { performance } from 'node:perf_hooks';
import type { Pool, PoolClient } from 'pg';

/** How long a connection is kept at hand for the next flight before the pool has it back. */
const SPARE_MS = 1_000;
/** How long it is kept at hand at the most, however often it is used: the pool may find that it is too old. */
const KEPT_MS = 60_000;

/**
 * The pool of connections for writing, and at most one of them kept at hand: who flies often does not pay for the pool
 * each time. Of each connection it is known which timeline its server writes: a server that takes writes does not change
 * it while a connection lasts.
 */
export class Writers {
  readonly pool: Pool;
  readonly #timelines = new WeakMap<object, number>();
  readonly #usedAt = new WeakMap<object, number>();
  readonly #keptSince = new WeakMap<object, number>();
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
    const now = performance.now();
    const isWanted = this.#isEnding || this.pool.waitingCount > 0;
    const isKept = now - (this.#keptSince.get(client) ?? now) > KEPT_MS;
    if (!isFit || isWanted || isKept || this.#spare) {
      this.#keptSince.delete(client);
      client.release(!isFit);
      return;
    }
    if (!this.#keptSince.has(client)) this.#keptSince.set(client, now);
    this.#touch(client);
    this.#spare = client;
    this.#sparedAt = now;
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
    this.#letGo();
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
    else this.#letGo();
  }

  #letGo(): void {
    const spare = this.takeSpare();
    if (!spare) return;
    this.#keptSince.delete(spare);
    spare.release();
  }

  #lost(client: PoolClient): void {
    if (this.#spare !== client) return;
    this.#spare = undefined;
    client.release(true);
  }
}
