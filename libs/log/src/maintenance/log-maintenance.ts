import { sleep, type Logger } from '#kernel';
import type { Database } from '#postgres';
import { dropRetiredLeaves } from './drop-retired-leaves.js';
import { expireProducers } from './expire-producers.js';
import { needsMaintenance } from './needs-maintenance.js';
import { maintainTopic } from './maintain-topic.js';
import {
  emptyReport,
  emptyTopicReport,
  isIdle,
  type MaintenanceReport,
} from './maintenance-report.js';
import { readTopicLogs } from './read-topic-log.js';
import type { TopicLog } from './topic-log.js';
import { withTopicLock } from './topic-lock.js';

export interface LogMaintenanceOptions {
  /** How long to wait between two runs, in milliseconds; 300,000 by default (`log.retention.check.interval.ms`). */
  readonly intervalMs?: number;
  /** The database's logger by default. */
  readonly logger?: Logger;
  /** The most keys whose last offset compaction holds in memory, at 32 to 64 bytes each; 2,000,000 by default. */
  readonly maxKeys?: number;
  /** How long an idempotent producer is remembered, in milliseconds; a day by default (`producer.id.expiration.ms`). */
  readonly producerIdExpirationMs?: number;
}

const INTERVAL_MS = 300_000;
/** Kafka's, too: a process that starts has better things to do. */
const FIRST_DELAY_MS = 30_000;
const DAY_MS = 86_400_000;
const MAX_KEYS = 2_000_000;

/**
 * The background work of the log: seals segments by age, drops those past retention, compacts, freezes, and forgets
 * silent producers. Any number may run, in any processes: one at a time works on a topic.
 *
 * @example
 * const maintenance = new LogMaintenance(db);
 * maintenance.start();
 * …
 * await maintenance.stop();
 */
export class LogMaintenance {
  readonly #db: Database;
  readonly #logger: Logger;
  readonly #options: Required<Omit<LogMaintenanceOptions, 'logger'>>;
  readonly #stopping = new AbortController();
  readonly #newestKnown = new Map<string, number>();
  #running: Promise<void> | undefined;

  constructor(db: Database, options: LogMaintenanceOptions = {}) {
    const { logger = db.logger, ...given } = options;
    this.#db = db;
    this.#logger = logger;
    this.#options = {
      intervalMs: INTERVAL_MS,
      maxKeys: MAX_KEYS,
      producerIdExpirationMs: DAY_MS,
      ...given,
    };
  }

  /** Begins to run, for the first time after 30 s at the most. Idempotent. */
  start(): void {
    this.#running ??= this.#run();
  }

  /** Ends after the statement that is under way; what is half done is left as it was, or is taken up again. Idempotent. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#running;
  }

  /**
   * Does once, now, what is due. What fails with one topic stops neither the others nor this; the report says so.
   *
   * @throws POSTGRES_UNAVAILABLE where not even the catalogue can be read
   */
  async runOnce(): Promise<MaintenanceReport> {
    const report = emptyReport();
    const logs = await readTopicLogs(this.#db);
    this.#forgetLeaves(logs);
    for (const log of logs) {
      if (this.#stopping.signal.aborted) return report;
      const isDue = needsMaintenance(log, this.#newestKnown);
      const { name } = log.topic;
      if (isDue) await this.#try(report, name, () => this.#do(log, report));
    }
    const { signal } = this.#stopping;
    await this.#try(report, 'leaves to be dropped', () =>
      dropRetiredLeaves(this.#db, report, signal),
    );
    await this.#try(report, 'producers to be forgotten', () =>
      expireProducers(this.#db, this.#options.producerIdExpirationMs),
    );
    return report;
  }

  async #run(): Promise<void> {
    const { signal } = this.#stopping;
    const { intervalMs } = this.#options;
    await sleep(Math.min(FIRST_DELAY_MS, intervalMs), signal);
    while (!signal.aborted) {
      try {
        this.#log(await this.runOnce());
      } catch (err) {
        this.#logger.error({ err }, 'maintenance failed; trying again');
      }
      await sleep(intervalMs, signal);
    }
  }

  async #do(log: TopicLog, report: MaintenanceReport): Promise<void> {
    const { number, name } = log.topic;
    const done = emptyTopicReport(name);
    const run = {
      db: this.#db,
      topicNumber: number,
      signal: this.#stopping.signal,
      report: done,
      maxKeys: this.#options.maxKeys,
      newestKnown: this.#newestKnown,
    };
    try {
      const held = await withTopicLock(this.#db, number, async (lock) => {
        await maintainTopic({ ...run, lock });
        return true;
      });
      if (!held) report.busy.push(name);
    } finally {
      if (!isIdle(done)) report.topics.push(done);
    }
  }

  async #try(
    report: MaintenanceReport,
    what: string,
    act: () => Promise<void>,
  ): Promise<void> {
    if (this.#stopping.signal.aborted) return;
    try {
      await act();
    } catch (error) {
      report.failed.push({ what, error });
      const fields = { err: error, what };
      this.#logger.error(fields, 'maintenance failed; trying again');
    }
  }

  #log(report: MaintenanceReport): void {
    const { topics, droppedLeaves, waitingLeaves, freedBytes } = report;
    for (const topic of topics)
      this.#logger.info(topic, 'a topic was maintained');
    if (droppedLeaves.length + waitingLeaves.length === 0) return;
    const fields = { droppedLeaves, waitingLeaves, freedBytes };
    this.#logger.info(fields, 'leaves were dropped');
  }

  /** What was found in leaves that are not active any more is of no use. */
  #forgetLeaves(logs: readonly TopicLog[]): void {
    const active = new Set(logs.map(({ topic }) => topic.leaf));
    for (const leaf of this.#newestKnown.keys())
      if (!active.has(leaf)) this.#newestKnown.delete(leaf);
  }
}
