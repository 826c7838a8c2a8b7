import { performance } from 'node:perf_hooks';
import { isPostamtError, PostamtError, sleep, type Logger } from '#kernel';
import type { Database } from '#postgres';
import { closeDeadSessions, coordinateBereft } from './dead-sessions.js';
import { deleteUnusedGroups } from './delete-unused-groups.js';
import { expireCommitted } from './expire-offsets.js';
import { forgetDeletedTopics } from './forget-deleted-topics.js';
import { pruneCommitted, type PrunedUpTo } from './prune-superseded.js';

export interface GroupMaintenanceOptions {
  /**
   * How long offsets of a group without members are kept, in milliseconds, counted from when its last member left or from
   * the last commit, whichever was later; 7 days by default (`offsets.retention.minutes`). In a group with members it
   * counts for topics that nobody subscribes to any more.
   */
  readonly offsetsRetentionMs?: number;
  /** How often that is looked for, in milliseconds; 600,000 by default (`offsets.retention.check.interval.ms`). */
  readonly checkIntervalMs?: number;
  /**
   * How often superseded offsets are deleted, in milliseconds, and groups looked after whose processes are all gone; 60,000
   * by default. Where many offsets are committed, it is ten times as often.
   */
  readonly intervalMs?: number;
  /** The database's logger by default. */
  readonly logger?: Logger;
}

/** What a run of maintenance did. */
export interface GroupMaintenanceReport {
  /** Committed offsets that later ones stood before. */
  readonly prunedOffsets: number;
  /** Groups whose members were gone, of which a turn was taken. */
  readonly turns: number;
  /** Partitions of groups whose offsets were kept long enough. */
  readonly expiredOffsets: number;
  /** Partitions of groups whose topics were deleted. */
  readonly forgottenPartitions: number;
  /** By name: groups with neither members nor offsets. */
  readonly deletedGroups: readonly string[];
  /** Sessions of processes that are gone. */
  readonly closedSessions: number;
  /** Whether another process was at it, so that something was left to it. */
  readonly busy: boolean;
}

const DEFAULTS = {
  offsetsRetentionMs: 10_080 * 60_000,
  checkIntervalMs: 600_000,
  intervalMs: 60_000,
};
/** So many superseded offsets in one interval are many. */
const MANY_OFFSETS = 10_000;

/**
 * Keeps the tables of consumer groups small: deletes committed offsets that later ones stand before, offsets and groups
 * that nobody has used for long, what groups have of deleted topics, and what processes that were killed left behind. It
 * waits for nobody who commits or joins. Any number may run, in any processes: one at a time does something.
 *
 * @example
 * const maintenance = new GroupMaintenance(db, { offsetsRetentionMs: 30 * 86_400_000 });
 * maintenance.start();
 * …
 * await maintenance.stop();
 */
export class GroupMaintenance {
  readonly #db: Database;
  readonly #logger: Logger;
  readonly #options: typeof DEFAULTS;
  readonly #stopping = new AbortController();
  readonly #prunedUpTo: PrunedUpTo = new Map();
  #running: Promise<void> | undefined;

  constructor(db: Database, options: GroupMaintenanceOptions = {}) {
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

  /** Ends after the step that is under way. Idempotent. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#running;
  }

  /**
   * Does once, now, all that is due.
   *
   * @throws PostamtError POSTGRES_UNAVAILABLE
   */
  async runOnce(): Promise<GroupMaintenanceReport> {
    const { offsetsRetentionMs } = this.#options;
    const { signal } = this.#stopping;
    const db = this.#db;
    // Offsets that an administrator deleted are numbered from the beginning again.
    this.#prunedUpTo.clear();
    const often = await this.#runOften();
    const forgotten = await forgetDeletedTopics(db, signal);
    const expired = await expireCommitted(db, offsetsRetentionMs, signal);
    const deleted = await deleteUnusedGroups(db, offsetsRetentionMs, signal);
    const closed = await closeDeadSessions(db);
    return {
      ...often,
      expiredOffsets: expired ?? 0,
      forgottenPartitions: forgotten ?? 0,
      deletedGroups: deleted ?? [],
      closedSessions: closed ?? 0,
      busy:
        often.busy || [forgotten, expired, deleted, closed].includes(undefined),
    };
  }

  /** What cannot wait for the check of what is kept too long. */
  async #runOften() {
    const { signal } = this.#stopping;
    const turns = await coordinateBereft(this.#db, signal);
    const pruned = await pruneCommitted(this.#db, this.#prunedUpTo, signal);
    return {
      turns,
      prunedOffsets: pruned ?? 0,
      busy: pruned === undefined,
    };
  }

  async #run(): Promise<void> {
    const { signal } = this.#stopping;
    const { intervalMs, checkIntervalMs } = this.#options;
    let checkAt = 0;
    while (!signal.aborted) {
      const isDue = performance.now() >= checkAt;
      if (isDue) checkAt = performance.now() + checkIntervalMs;
      const pruned = await this.#runSafely(isDue);
      const pause = pruned < MANY_OFFSETS ? intervalMs : intervalMs / 10;
      await sleep(Math.min(pause, checkIntervalMs), signal);
    }
  }

  /** Runs once and says how many offsets were pruned. */
  async #runSafely(isDue: boolean): Promise<number> {
    try {
      const report = await (isDue ? this.runOnce() : this.#runOften());
      this.#logger.debug(report, 'groups were kept in order');
      return report.prunedOffsets;
    } catch (err) {
      const level = isPostamtError(err) && err.retriable ? 'warn' : 'error';
      this.#logger[level]({ err }, 'maintenance of groups failed');
      return 0;
    }
  }
}

function requirePositive(name: string, value: number): void {
  if (Number.isFinite(value) && value > 0) return;
  throw new PostamtError(
    'INVALID_CONFIG',
    `${name} of the groups' maintenance is ${value}: give a number greater than 0`,
  );
}
