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
import { findBroken } from '../move/find-broken.js';
import { KnownSchemas } from '../move/known-schemas.js';
import { moveShards, type Moved } from '../move/move.js';
import { RETRY, type Mover } from '../move/mover.js';
import { failedAppends } from '../move/write-move.js';
import { ALL_SHARDS, earlyShardWakeUp, shardWakeUp } from '../shard.js';
import { pendingShards } from '../sql/pending-shards.js';
import { BrokenPartitions } from './broken-partitions.js';
import { FULL_PACE, limitsOf, nextPace, type Pace } from './pace.js';
import { PollPace } from './poll-pace.js';
import type { RelayOptions, RelayStatus } from './relay-options.js';
import { ShardSchedule } from './shard-schedule.js';

const POLL_INTERVAL_MS = 10_000;
const BETWEEN_FAILURES = { initialMs: 20, maxMs: 5_000 };

/**
 * Moves committed outbox events into their topics, exactly once and in order per key. Any number of relays may run, in
 * any processes: each move takes the locks of the shards that it moves, and that is the whole election. An event that
 * cannot be moved parks its key: what follows it waits behind it, everything else goes on.
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
  readonly #mover: Mover & { readonly catalogue: Catalogue };
  readonly #broken = new BrokenPartitions();
  readonly #schedule = new ShardSchedule();
  readonly #poll: PollPace;
  readonly #foreign = new Set<number>();
  readonly #stopping = new AbortController();
  #running: Promise<void> | undefined;
  #pace: Pace = FULL_PACE;
  #after: Moved['source'];
  #failing = 0;
  #lastError: string | undefined;
  #moved = 0;
  #parked = 0;
  #failures = 0;

  constructor(db: Database, options: RelayOptions = {}) {
    this.id = options.id ?? randomUUID();
    this.#db = db;
    this.#mover = {
      db,
      catalogue: new Catalogue(db),
      relay: this.id,
      sink: options.sink,
      schemas: new KnownSchemas(db),
      retry: {
        maxAttempts: options.maxAttempts ?? RETRY.maxAttempts,
        backoffMs: options.retryBackoffMs ?? RETRY.backoffMs,
        backoffMaxMs: options.retryBackoffMaxMs ?? RETRY.backoffMaxMs,
      },
    };
    const longest = options.pollIntervalMs ?? POLL_INTERVAL_MS;
    this.#poll = new PollPace(longest, performance.now());
  }

  /** Begins to move; what was committed before is moved first. Idempotent. */
  start(): void {
    this.#running ??= this.#run();
  }

  /** Finishes the move that is under way and moves no more. Idempotent. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#running;
    await this.#mover.sink?.close();
  }

  get status(): RelayStatus {
    const stopped = !this.#running || this.#stopping.signal.aborted;
    const running = this.#failing > 0 ? 'failing' : 'running';
    return {
      id: this.id,
      state: stopped ? 'stopped' : running,
      moved: this.#moved,
      parked: this.#parked,
      failures: this.#failures,
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
      if (this.#poll.waitMs(performance.now()) === 0) await this.#look();
      const due = this.#schedule.due(performance.now());
      if (due.length > 0) await this.#move(due.slice(0, this.#pace.shards));
      else await this.#wait(watch, signal);
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

  /** Asks with one statement whether anything is to be done that nobody has told of. */
  async #look(): Promise<void> {
    const pending = await this.#db.run(pendingShards, []);
    const now = performance.now();
    for (const { shard, dueInMs, foreign, pending: waits } of pending) {
      if (foreign) this.#foreign.add(shard);
      if (foreign || waits) this.#schedule.hint(shard, now);
      if (dueInMs !== undefined) this.#schedule.hintAt(shard, now + dueInMs);
    }
    this.#poll.looked(
      pending.some((each) => each.pending),
      now,
    );
    this.#succeeded();
  }

  async #move(shards: readonly number[]): Promise<void> {
    const moved = await this.#moveOrPutOff(shards);
    this.#pace = nextPace(this.#pace, moved);
    this.#after = moved.source;
    this.#moved += moved.events;
    this.#parked += moved.held;
    this.#succeeded();
    this.#plan(shards, moved, performance.now());
  }

  #plan(shards: readonly number[], moved: Moved, now: number): void {
    for (const shard of shards) {
      if (!moved.busy.includes(shard)) this.#foreign.delete(shard);
      const outcome = moved.more.includes(shard)
        ? 'more'
        : moved.busy.includes(shard)
          ? 'busy'
          : 'done';
      this.#schedule.looked(shard, outcome, now);
    }
    for (const shard of moved.foreign) this.#foreign.add(shard);
    for (const { shard, inMs } of moved.due)
      this.#schedule.hintAt(shard, now + Math.max(1, inMs));
  }

  /** A shard whose move fails is looked at again later, and meanwhile the others are moved without it. */
  async #moveOrPutOff(shards: readonly number[]): Promise<Moved> {
    try {
      const limits = { ...limitsOf(this.#pace), after: this.#after };
      const mover = { ...this.#mover, broken: this.#broken.known };
      return await moveShards(mover, shards, limits, this.#foreign);
    } catch (error) {
      const now = performance.now();
      for (const shard of shards) this.#schedule.looked(shard, 'busy', now);
      throw error;
    }
  }

  async #wait(watch: WakeUpWatch, signal: AbortSignal): Promise<void> {
    const now = performance.now();
    const planned = this.#schedule.waitMs(now) ?? Infinity;
    await watch.wait(Math.min(planned, this.#poll.waitMs(now)), signal);
  }

  #succeeded(): void {
    this.#failing = 0;
    this.#lastError = undefined;
  }

  async #recover(error: unknown, signal: AbortSignal): Promise<void> {
    this.#failing += 1;
    this.#failures += 1;
    this.#lastError = String(error);
    this.#pace = nextPace(this.#pace, 'failed');
    if (isStaleCatalogue(error)) this.#mover.catalogue.clear();
    if (isPostamtError(error, 'STALE_TIMELINE'))
      await this.#raiseEpochs().catch(() => {});
    const fields = { err: error, relay: this.id, failures: this.#failing };
    this.#db.logger.error(fields, 'a move failed; trying again');
    await this.#findBroken(error).catch(() => {});
    await sleep(backoffMs(BETWEEN_FAILURES, this.#failing), signal);
  }

  /** An error that the engine has no word for may be the fault of one partition: its keys are parked then. */
  async #findBroken(error: unknown): Promise<void> {
    const appends = failedAppends(error);
    if (appends.length > 0)
      this.#broken.found(await findBroken(this.#db, appends));
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
