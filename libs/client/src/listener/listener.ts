import { performance } from 'node:perf_hooks';
import { backoffMs, isPostamtError, sleep } from '#kernel';
import { pruneCommittedOffsets } from '#groups';
import { Catalogue, fetch, partitionWakeUp, type FetchedPartition } from '#log';
import type { Database, WakeUpWatch } from '#postgres';
import { ChunkFailure } from './chunk-failure.js';
import {
  openLanes,
  reopenLane,
  resetLane,
  type LaneOwner,
} from './lane-owner.js';
import type { Lane } from './lane.js';
import {
  listenerSettings,
  type BatchListenerOptions,
  type ListenerOptions,
  type ListenerSettings,
} from './listener-options.js';
import { RecordDecoder } from './record-decoder.js';
import { runInTransaction, runThenCommit, type ChunkRun } from './run-chunk.js';

/** How a listener is doing. */
export interface ListenerStatus {
  readonly state: 'running' | 'failing' | 'stopped';
  /** Records handled and committed since it was started. */
  readonly handled: number;
  /** What the last attempt failed with, until one succeeds. */
  readonly lastError: string | undefined;
}

/** How often superseded offsets are deleted while records are handled. */
const PRUNE_INTERVAL_MS = 10_000;
const RETRY = { initialMs: 50, maxMs: 30_000 };

/**
 * Reads the partitions of a topic that belong to one member of a group, and hands each record to the handler: in order
 * within a partition, the offset committed in the transaction of the handler's effects (or after it). A partition whose
 * handler fails waits and is tried again; the member's other partitions go on.
 *
 * @example
 * const listener = new Listener<Tables, string, IncidentChanged>(db, {
 *   topic: incidents,
 *   group: 'board',
 *   handler: async (change, record) => {
 *     await record.tx.updateTable('board').set({ status: change.status }).where('id', '=', record.key).execute();
 *   },
 * });
 * await listener.start();
 * …
 * await listener.stop();
 */
export class Listener<DB = unknown, Key = unknown, Value = unknown> {
  readonly #db: Database;
  readonly #settings: ListenerSettings<DB, Key, Value>;
  readonly #owner: LaneOwner;
  readonly #catalogue: Catalogue;
  readonly #decoder: RecordDecoder<Key, Value>;
  readonly #stopping = new AbortController();
  readonly #givingUp = new AbortController();
  #lanes: readonly Lane[] = [];
  #running: Promise<void> | undefined;
  #failures = 0;
  #lastError: string | undefined;
  #handled = 0;
  #handledSincePrune = 0;
  #pruneAt = 0;

  constructor(
    db: Database,
    options:
      ListenerOptions<DB, Key, Value> | BatchListenerOptions<DB, Key, Value>,
  ) {
    this.#db = db;
    this.#settings = listenerSettings(options);
    const { group, member, autoOffsetReset } = this.#settings;
    this.#owner = {
      db,
      topic: options.topic.name,
      group,
      member,
      autoOffsetReset,
    };
    this.#catalogue = new Catalogue(db);
    this.#decoder = new RecordDecoder(db, options.topic);
  }

  /**
   * Finds where the group has stopped and begins to read. Idempotent.
   *
   * @throws PostamtError UNKNOWN_TOPIC_OR_PARTITION, INVALID_GROUP_ID, INVALID_CONFIG, POSTGRES_UNAVAILABLE
   */
  async start(): Promise<void> {
    if (this.#running) return;
    this.#lanes = await openLanes(this.#owner);
    this.#running = this.#run();
  }

  /**
   * Stops reading, lets the transaction that is under way finish and its offset commit. After `deadlineMs` (30,000 by
   * default) it is given up and rolled back, even when a handler hangs: nothing is lost, its records are handled again.
   */
  async stop(deadlineMs = 30_000): Promise<void> {
    this.#stopping.abort();
    const deadline = setTimeout(() => this.#givingUp.abort(), deadlineMs);
    await this.#running;
    clearTimeout(deadline);
  }

  get status(): ListenerStatus {
    const stopped = !this.#running || this.#stopping.signal.aborted;
    const state = stopped ? 'stopped' : this.#lastError ? 'failing' : 'running';
    return { state, handled: this.#handled, lastError: this.#lastError };
  }

  async #run(): Promise<void> {
    const { signal } = this.#stopping;
    const watch = this.#db.wakeUps.watch(
      this.#lanes.map((lane) => partitionWakeUp(lane.partition.partitionId)),
    );
    try {
      while (!signal.aborted) await this.#step(watch, signal);
    } finally {
      watch.close();
    }
  }

  async #step(watch: WakeUpWatch, signal: AbortSignal): Promise<void> {
    try {
      watch.take();
      await this.#fill();
      const worked = await this.#work(signal);
      this.#failures = 0;
      if (!worked) await this.#wait(watch, signal);
      await this.#prune();
    } catch (error) {
      await this.#recover(error, signal);
    }
  }

  /** Reads for the lanes that have nothing left; one that cannot be read waits, and does not hold up the others. */
  async #fill(): Promise<void> {
    const lanes = this.#ready().filter((lane) => lane.isEmpty);
    if (lanes.length === 0) return;
    const maxBytes = this.#settings.maxPartitionFetchBytes;
    const { topic } = this.#owner;
    const requests = lanes.map((lane) => ({
      topic,
      partition: lane.index,
      offset: lane.position,
      maxBytes,
    }));
    const fetched = await fetch(this.#db, this.#catalogue, requests);
    for (const [n, lane] of lanes.entries())
      await this.#attempt(lane, () =>
        this.#take(lane, fetched[n] as FetchedPartition),
      );
  }

  async #take(lane: Lane, fetched: FetchedPartition): Promise<void> {
    if (fetched.error) throw fetched.error;
    if (fetched.nextOffset > lane.position)
      lane.fill(
        this.#decoder.records(fetched, lane.position),
        fetched.nextOffset,
      );
  }

  /** Runs one chunk of each lane that has something; says whether any had. */
  async #work(signal: AbortSignal): Promise<boolean> {
    let worked = false;
    for (const lane of this.#ready()) {
      if (signal.aborted) return true;
      if (lane.isEmpty) continue;
      worked = true;
      await this.#attempt(lane, () => this.#runChunk(lane));
    }
    return worked;
  }

  async #runChunk(lane: Lane): Promise<void> {
    const { transactional, maxPollRecords, transactionIdleTimeoutMs } =
      this.#settings;
    const run: ChunkRun<DB, Key, Value> = {
      db: this.#db,
      topic: this.#owner.topic,
      ...('handler' in this.#settings
        ? { handler: this.#settings.handler }
        : { batchHandler: this.#settings.batchHandler }),
      decoder: this.#decoder,
      idleTimeoutMs: transactionIdleTimeoutMs,
      giveUp: this.#givingUp.signal,
    };
    const records = lane.chunk(maxPollRecords);
    await (transactional ? runInTransaction : runThenCommit)(
      run,
      lane,
      records,
    );
    this.#handled += records.length;
    this.#handledSincePrune += records.length;
    this.#lastError = undefined;
  }

  /** Does something for one lane; when that fails, the lane waits, and is set to where it has to go on. */
  async #attempt(lane: Lane, act: () => Promise<void>): Promise<void> {
    try {
      await act();
    } catch (error) {
      if (this.#givingUp.signal.aborted) return;
      await this.#putOff(lane, error);
    }
  }

  async #putOff(lane: Lane, error: unknown): Promise<void> {
    const at = error instanceof ChunkFailure ? error.at : 0;
    const cause = error instanceof ChunkFailure ? error.cause : error;
    lane.failed(at);
    // The records before the one that failed are fine: they go at once, without it.
    const waitMs = at > 0 ? 0 : backoffMs(RETRY, lane.failures);
    lane.notBefore = performance.now() + waitMs;
    this.#lastError = String(cause);
    const { topic, group } = this.#owner;
    const fields = {
      err: cause,
      topic,
      group,
      partition: lane.index,
      failures: lane.failures,
    };
    this.#db.logger.error(fields, 'handling failed; trying again');
    if (isPostamtError(error, 'OFFSET_OUT_OF_RANGE'))
      await resetLane(this.#owner, lane);
    else if (!(error instanceof ChunkFailure))
      await reopenLane(this.#owner, lane);
  }

  /** Waits for a wake-up, the next lane that was put off, or the poll interval. */
  async #wait(watch: WakeUpWatch, signal: AbortSignal): Promise<void> {
    const now = performance.now();
    const putOff = this.#lanes
      .filter((lane) => !lane.isReady(now))
      .map((lane) => lane.notBefore - now);
    await watch.wait(
      Math.min(this.#settings.pollIntervalMs, ...putOff),
      signal,
    );
  }

  async #prune(): Promise<void> {
    const now = performance.now();
    if (this.#handledSincePrune === 0 || now < this.#pruneAt) return;
    this.#handledSincePrune = 0;
    this.#pruneAt = now + PRUNE_INTERVAL_MS;
    await pruneCommittedOffsets(
      this.#db,
      this.#lanes.map((lane) => lane.partition),
    );
  }

  async #recover(error: unknown, signal: AbortSignal): Promise<void> {
    this.#failures += 1;
    this.#lastError = String(error);
    const { topic, group } = this.#owner;
    this.#db.logger.error(
      { err: error, topic, group, failures: this.#failures },
      'reading failed; trying again',
    );
    if (isPostamtError(error, 'UNKNOWN_TOPIC_OR_PARTITION'))
      this.#catalogue.clear();
    await sleep(backoffMs(RETRY, this.#failures), signal);
  }

  #ready(): Lane[] {
    const now = performance.now();
    return this.#lanes.filter((lane) => lane.isReady(now));
  }
}
