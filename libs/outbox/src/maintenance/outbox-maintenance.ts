import { isPostamtError, PostamtError, sleep, type Logger } from '#kernel';
import type { Database } from '#postgres';
import { pruneDelayed } from '../sql/prune-delayed.js';
import { readParts, settleParts, turnRing } from '../sql/read-parts.js';
import { cleanPart } from './clean-part.js';
import { asMaintainer } from './maintenance-lock.js';
import { partsToClean, shouldTurn, type RingLimits } from './ring.js';
import { turnIds } from './turn-ids.js';

export interface OutboxMaintenanceOptions {
  /**
   * How long `postamt.outbox` shows an event after the part that it stands in was left, in milliseconds; 600,000 by
   * default. What is not published stays, however old it is.
   */
  readonly retentionMs?: number;
  /** How much is kept at most of what was published, in bytes on disk: beyond it parts go earlier; 1 GiB by default. */
  readonly retentionBytes?: number;
  /** How long an id that a caller chose is known at least, in milliseconds; 7 days by default. */
  readonly eventIdRetentionMs?: number;
  /** How long to wait between two runs, in milliseconds; 10,000 by default. */
  readonly intervalMs?: number;
  /** The database's logger by default. */
  readonly logger?: Logger;
}

/** What a run of maintenance did. */
export interface OutboxMaintenanceReport {
  /** Parts that were emptied. */
  readonly cleaned: readonly number[];
  /** Parts that are due and are held: by a relay, a reader of the view, a transaction that still writes into them. */
  readonly busy: readonly number[];
  /** Whether events are written into the next part now. */
  readonly turned: boolean;
}

const DEFAULTS = {
  retentionMs: 600_000,
  retentionBytes: 1024 ** 3,
  eventIdRetentionMs: 7 * 86_400_000,
  intervalMs: 10_000,
};
/** How soon a part that was busy is tried again, in milliseconds. */
const BUSY_MS = 250;
const LOCK_TIMEOUT_MS = 1_000;

/**
 * Keeps the outbox small: has events written into the next part of the ring, empties parts in which everything is
 * published and old enough, forgets chosen ids and delayed events that were released. Any number may run, in any
 * processes: one at a time does something.
 *
 * @example
 * const maintenance = new OutboxMaintenance(db, { retentionMs: 3_600_000 });
 * maintenance.start();
 * …
 * await maintenance.stop();
 */
export class OutboxMaintenance {
  readonly #db: Database;
  readonly #logger: Logger;
  readonly #options: Required<Omit<OutboxMaintenanceOptions, 'logger'>>;
  readonly #stopping = new AbortController();
  #running: Promise<void> | undefined;

  constructor(db: Database, options: OutboxMaintenanceOptions = {}) {
    const { logger = db.logger, ...given } = options;
    this.#db = db;
    this.#logger = logger;
    this.#options = { ...DEFAULTS, ...given };
    for (const [name, value] of Object.entries(this.#options))
      requirePositive(name, value);
  }

  /** Begins to run. Idempotent. */
  start(): void {
    this.#running ??= this.#run();
  }

  /** Ends after what is under way. Idempotent. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#running;
  }

  /** Does once, now, what is due. */
  async runOnce(): Promise<OutboxMaintenanceReport> {
    const db = this.#db;
    await asMaintainer(db, (tx) => tx.run(settleParts, []), LOCK_TIMEOUT_MS);
    const cleaned: number[] = [];
    const busy: number[] = [];
    for (const part of partsToClean(
      await db.run(readParts, []),
      this.#limits,
    )) {
      const outcome = await cleanPart(db, part);
      if (outcome === 'cleaned') cleaned.push(part);
      if (outcome === 'busy') busy.push(part);
      if (outcome !== 'cleaned') break;
    }
    const turned = await this.#turn();
    await db.run(pruneDelayed, []);
    await turnIds(db, this.#options.eventIdRetentionMs);
    return { cleaned, busy, turned };
  }

  get #limits(): RingLimits {
    return this.#options;
  }

  async #turn(): Promise<boolean> {
    const turned = await asMaintainer(
      this.#db,
      async (tx) => {
        const parts = await tx.run(readParts, []);
        if (!shouldTurn(parts, this.#limits)) return false;
        await tx.run(turnRing, []);
        await tx.run(settleParts, []);
        return true;
      },
      LOCK_TIMEOUT_MS,
    );
    return turned ?? false;
  }

  async #run(): Promise<void> {
    const { signal } = this.#stopping;
    const { intervalMs } = this.#options;
    while (!signal.aborted) {
      await sleep(await this.#runSafely(intervalMs), signal);
    }
  }

  /** Runs once and says in how many milliseconds to run again. */
  async #runSafely(intervalMs: number): Promise<number> {
    try {
      const { cleaned, busy, turned } = await this.runOnce();
      if (cleaned.length > 0 || turned)
        this.#logger.debug({ cleaned, turned }, 'the outbox was kept in order');
      return busy.length > 0 ? Math.min(BUSY_MS, intervalMs) : intervalMs;
    } catch (err) {
      const level = isPostamtError(err) && err.retriable ? 'warn' : 'error';
      this.#logger[level]({ err }, 'maintenance of the outbox failed');
      return intervalMs;
    }
  }
}

function requirePositive(name: string, value: number): void {
  if (Number.isFinite(value) && value > 0) return;
  throw new PostamtError(
    'INVALID_CONFIG',
    `${name} of the outbox's maintenance is ${value}: give a number greater than 0`,
  );
}
