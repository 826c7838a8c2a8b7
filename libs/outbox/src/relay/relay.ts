import { randomUUID } from 'node:crypto';
import { performance } from 'node:perf_hooks';
import { backoffMs, isPostamtError, sleep } from '#kernel';
import {
  Catalogue,
  isStaleCatalogue,
  listTopics,
  raiseLeaderEpochs,
} from '#log';
import type { Database, WakeUpWatch } from '#postgres';
import { ALL_SHARDS, earlyShardWakeUp, shardWakeUp } from '../shard.js';
import { pendingShards } from '../sql/pending-shards.js';
import { pruneCursors } from '../sql/prune-cursors.js';
import { moveShards } from './move.js';
import { FULL_PACE, limitsOf, nextPace, type Pace } from './pace.js';
import { ShardSchedule } from './shard-schedule.js';

export interface RelayOptions {
  /** Stands beside each batch that this relay moves; made up by default. */
  readonly id?: string;
  /** How often an idle relay looks although nothing woke it, in milliseconds; 30,000 by default. */
  readonly pollIntervalMs?: number;
}

/** How a relay is doing. */
export interface RelayStatus {
  readonly id: string;
  readonly state: 'running' | 'failing' | 'stopped';
  /** Events moved since it was started. */
  readonly moved: number;
  /** What the last move failed with, while the relay has not moved anything since. */
  readonly lastError: string | undefined;
}

const POLL_INTERVAL_MS = 30_000;
/** How often superseded cursors are deleted while events are moved. */
const PRUNE_INTERVAL_MS = 10_000;
const RETRY = { initialMs: 20, maxMs: 5_000 };

/**
 * Moves committed outbox events into their topics, exactly once and in order per key. Any number of relays may run, in
 * any processes: each move takes the locks of the shards that it moves, and that is the whole election.
 *
 * @example
 * const relay = new Relay(db);
 * relay.start();
 * …
 * await relay.stop(); // the move that is under way is finished
 */
export class Relay {
  readonly id: string;
  readonly #db: Database;
  readonly #catalogue: Catalogue;
  readonly #pollIntervalMs: number;
  readonly #schedule = new ShardSchedule();
  readonly #stopping = new AbortController();
  #running: Promise<void> | undefined;
  #pace: Pace = FULL_PACE;
  #failures = 0;
  #lastError: string | undefined;
  #moved = 0;
  #movedSincePrune = 0;
  #pruneAt = 0;

  constructor(db: Database, options: RelayOptions = {}) {
    this.id = options.id ?? randomUUID();
    this.#db = db;
    this.#catalogue = new Catalogue(db);
    this.#pollIntervalMs = options.pollIntervalMs ?? POLL_INTERVAL_MS;
  }

  /** Begins to move; what was committed before is moved first. Idempotent. */
  start(): void {
    this.#running ??= this.#run();
  }

  /** Finishes the move that is under way and moves no more. Idempotent. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#running;
  }

  get status(): RelayStatus {
    const stopped = !this.#running || this.#stopping.signal.aborted;
    const state = stopped
      ? 'stopped'
      : this.#failures > 0
        ? 'failing'
        : 'running';
    return {
      id: this.id,
      state,
      moved: this.#moved,
      lastError: this.#lastError,
    };
  }

  async #run(): Promise<void> {
    const { signal } = this.#stopping;
    const keys = ALL_SHARDS.flatMap((shard) => [
      shardWakeUp(shard),
      earlyShardWakeUp(shard),
    ]);
    const watch = this.#db.wakeUps.watch(keys);
    watch.hint(['*']);
    try {
      while (!signal.aborted) await this.#step(watch, signal);
    } finally {
      watch.close();
    }
  }

  async #step(watch: WakeUpWatch, signal: AbortSignal): Promise<void> {
    try {
      this.#take(watch);
      const due = this.#schedule.due(performance.now());
      if (due.length > 0) await this.#move(due.slice(0, this.#pace.shards));
      else await this.#wait(watch, signal);
      await this.#prune();
    } catch (error) {
      await this.#recover(error, signal);
    }
  }

  #take(watch: WakeUpWatch): void {
    const now = performance.now();
    for (const key of watch.take()) {
      const shard = Number(key.slice(1));
      if (key.startsWith('e')) this.#schedule.hintEarly(shard, now);
      else this.#schedule.hint(shard, now);
    }
  }

  async #move(shards: readonly number[]): Promise<void> {
    const mover = { db: this.#db, catalogue: this.#catalogue, relay: this.id };
    const moved = await this.#moveOrPutOff(mover, shards);
    this.#pace = nextPace(this.#pace, moved);
    this.#moved += moved.events;
    this.#movedSincePrune += moved.events;
    this.#succeeded();
    const now = performance.now();
    for (const shard of shards) {
      const outcome = moved.more.includes(shard)
        ? 'more'
        : moved.busy.includes(shard)
          ? 'busy'
          : 'done';
      this.#schedule.looked(shard, outcome, now);
    }
  }

  /** A shard whose move fails is looked at again later, and meanwhile the others are moved without it. */
  async #moveOrPutOff(
    mover: Parameters<typeof moveShards>[0],
    shards: readonly number[],
  ) {
    try {
      return await moveShards(mover, shards, limitsOf(this.#pace));
    } catch (error) {
      const now = performance.now();
      for (const shard of shards) this.#schedule.looked(shard, 'busy', now);
      throw error;
    }
  }

  /** Waits for a wake-up; when none came for a poll interval, asks with one statement whether anything is pending. */
  async #wait(watch: WakeUpWatch, signal: AbortSignal): Promise<void> {
    const planned = this.#schedule.waitMs(performance.now());
    await watch.wait(planned ?? this.#pollIntervalMs, signal);
    if (planned !== undefined || signal.aborted || watch.hinted) return;
    const now = performance.now();
    const pending = await this.#db.run(pendingShards, [ALL_SHARDS]);
    for (const shard of pending) this.#schedule.hint(shard, now);
    this.#succeeded();
  }

  async #prune(): Promise<void> {
    const now = performance.now();
    if (this.#movedSincePrune === 0 || now < this.#pruneAt) return;
    this.#movedSincePrune = 0;
    this.#pruneAt = now + PRUNE_INTERVAL_MS;
    await this.#db.run(pruneCursors, [ALL_SHARDS]);
  }

  #succeeded(): void {
    this.#failures = 0;
    this.#lastError = undefined;
  }

  async #recover(error: unknown, signal: AbortSignal): Promise<void> {
    this.#failures += 1;
    this.#lastError = String(error);
    this.#pace = nextPace(this.#pace, 'failed');
    if (isStaleCatalogue(error)) this.#catalogue.clear();
    if (isPostamtError(error, 'STALE_TIMELINE'))
      await this.#raiseEpochs().catch(() => {});
    const fields = { err: error, relay: this.id, failures: this.#failures };
    this.#db.logger.error(fields, 'a move failed; trying again');
    await sleep(backoffMs(RETRY, this.#failures), signal);
  }

  /** The server was promoted: of which topics the move was is not known here, so that all of them are raised. */
  async #raiseEpochs(): Promise<void> {
    const topics = await listTopics(this.#db);
    await raiseLeaderEpochs(
      this.#db,
      topics.map(({ number }) => number),
    );
  }
}
