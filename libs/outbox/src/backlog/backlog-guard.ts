import { performance } from 'node:perf_hooks';
import { PostamtError, sleep } from '#kernel';
import { bind, type Database } from '#postgres';
import { measureBacklog } from '../sql/measure-backlog.js';
import { planByIndexes } from '../sql/plan-by-indexes.js';
import {
  checkBacklogLimits,
  decideBacklog,
  type BacklogLimits,
  type BacklogMeasure,
} from './backlog-limits.js';

/** A measurement at most this often. */
const INTERVAL_MS = 1_000;
/** What was measured longer ago says nothing: a publish awaits another measurement. */
const STALE_MS = 10_000;
/** How long a publish waits for one at most. */
const PATIENCE_MS = 2_000;

/**
 * Keeps publishers from filling the outbox faster than relays empty it. Measures on connections of the engine's own,
 * which handlers of listeners never hold: they may be the ones that publish. A measurement that fails, or takes long,
 * holds nobody up: as long as nothing is known there is room.
 */
export class BacklogGuard {
  readonly #db: Database;
  readonly #limits: BacklogLimits;
  #last: { readonly at: number; readonly measure: BacklogMeasure } | undefined;
  #begunAt = -Infinity;
  #measuring: Promise<void> | undefined;

  constructor(db: Database, limits: BacklogLimits) {
    checkBacklogLimits(limits);
    this.#db = db;
    this.#limits = limits;
  }

  /**
   * Resolves when an event may be published. The first call waits for a measurement, and so does one after a pause of 10
   * seconds; others go by the last one, and have the next one made.
   *
   * @throws PostamtError BACKLOG_FULL
   */
  async requireRoom(): Promise<void> {
    const measuring = this.#measure();
    if (!this.#known()) await patiently(measuring);
    const known = this.#known();
    const reason = known && decideBacklog(this.#limits, known);
    if (reason === undefined) return;
    throw new PostamtError(
      'BACKLOG_FULL',
      `${reason}; publish again once the relays have caught up`,
    );
  }

  #known(): BacklogMeasure | undefined {
    if (!this.#last || performance.now() - this.#last.at > STALE_MS)
      return undefined;
    return this.#last.measure;
  }

  /** Measures, unless that was done a moment ago. Never rejects. */
  #measure(): Promise<void> {
    if (this.#measuring) return this.#measuring;
    const now = performance.now();
    if (now - this.#begunAt < INTERVAL_MS) return Promise.resolve();
    this.#begunAt = now;
    this.#measuring = this.#note().finally(() => {
      this.#measuring = undefined;
    });
    return this.#measuring;
  }

  async #note(): Promise<void> {
    const { maxEvents } = this.#limits;
    const most = maxEvents === undefined ? 0 : maxEvents + 1;
    try {
      const [, rows] = await this.#db.fly(() => ({
        alone: [],
        statements: [bind(planByIndexes, []), bind(measureBacklog, [most])],
      }));
      const [measure] = (rows ?? []).map(measureBacklog.mapRow);
      if (measure) this.#last = { at: performance.now(), measure };
    } catch (error) {
      this.#db.logger.debug({ err: error }, 'the backlog was not measured');
    }
  }
}

async function patiently(work: Promise<void>): Promise<void> {
  const done = new AbortController();
  await Promise.race([work, sleep(PATIENCE_MS, done.signal)]);
  done.abort();
}
