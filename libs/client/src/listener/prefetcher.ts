import { performance } from 'node:perf_hooks';
import { isPostamtError, sleep, type PostamtError } from '#kernel';
import {
  fetch,
  partitionWakeUp,
  type Catalogue,
  type FetchedPartition,
} from '#log';
import type { Database, WakeUpWatch } from '#postgres';
import { namesakeError } from '../progress/namesake.js';
import type { Lane } from './lane.js';
import { retryMs, type ListenerLog } from './listener-log.js';
import { nextReadIn, planReads, type ReadPlan } from './plan-reads.js';
import type { ReadAhead } from './read-ahead.js';

/** What a prefetcher works with. */
export interface PrefetchParts {
  readonly db: Database;
  readonly catalogue: Catalogue;
  readonly log: ListenerLog;
  /** The lanes that there are. */
  readonly lanes: ReadonlySet<Lane>;
  readonly limits: { readonly laneBytes: number; readonly totalBytes: number };
  readonly pollIntervalMs: number;
  /** False where `autoOffsetReset` is none: what the log has lost is an error. */
  readonly canReset: boolean;
  /** Called when lanes have got something. */
  readonly onFilled: () => void;
  /** Called when a lane's start is to be looked up anew. */
  readonly onRestart: () => void;
}

/** No wake-up tells that a standby has flushed what readers are held back from: so often is looked. */
const REPLICATION_POLL_MS = 20;
/** A lane goes elsewhere only while nothing of it runs: until then it is tried so often. */
const BUSY_POLL_MS = 50;
const TRUNCATED =
  'the log has lost what was read; going back to where both agree';
const OUT_OF_RANGE =
  'the log does not have the offset; going where autoOffsetReset says';

/**
 * Reads ahead for the lanes of a listener: whenever a wake-up says that there is something new, or a lane has little
 * left. One fetch is under way at a time, for all lanes that want something; handlers run meanwhile.
 */
export class Prefetcher {
  readonly #parts: PrefetchParts;
  readonly #stopping = new AbortController();
  #poking = new AbortController();
  #running: Promise<void> | undefined;
  #watch: WakeUpWatch | undefined;
  #failures = 0;
  /** What the last fetch failed with altogether, until one succeeds. */
  #error: string | undefined;

  constructor(parts: PrefetchParts) {
    this.#parts = parts;
  }

  get error(): string | undefined {
    return this.#error;
  }

  /** Listens for the partitions of these lanes too; each is read once without a wake-up. */
  watch(lanes: readonly Lane[]): void {
    this.#watch ??= this.#parts.db.wakeUps.watch([]);
    this.#watch.add(lanes.map(keyOf));
    this.#running ??= this.#run(this.#watch);
  }

  /** Listens no more for the partitions of these lanes, but for those that came back as other lanes. */
  unwatch(lanes: readonly Lane[]): void {
    const gone = new Set(lanes.map(keyOf));
    for (const lane of this.#parts.lanes) gone.delete(keyOf(lane));
    this.#watch?.remove(gone);
  }

  /** The lane has less than before. */
  drained({ ahead }: Lane): void {
    const { laneBytes } = this.#parts.limits;
    if (ahead.mayHaveMore && ahead.bytes < laneBytes) this.poke();
  }

  /** Lanes may want something. */
  poke(): void {
    if (!this.#poking.signal.aborted) this.#poking.abort('poked');
  }

  /** Ends once the fetch that is under way is through. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    this.poke();
    await this.#running;
    this.#watch?.close();
  }

  async #run(watch: WakeUpWatch): Promise<void> {
    const { signal } = this.#stopping;
    while (!signal.aborted) {
      if (this.#poking.signal.aborted) this.#poking = new AbortController();
      this.#hear(watch.take());
      const plan = this.#plan();
      if (plan.lanes.length === 0) await this.#wait(watch);
      else await this.#read(plan);
    }
  }

  #plan(): ReadPlan<Lane> {
    const { lanes, limits } = this.#parts;
    return planReads(lanes, { ...limits, now: performance.now() });
  }

  #hear(keys: readonly string[]): void {
    if (keys.length === 0) return;
    const hinted = new Set(keys);
    for (const lane of this.#parts.lanes)
      if (hinted.has(keyOf(lane))) lane.ahead.mayHaveMore = true;
  }

  /** Until a wake-up, a lane that wants something, or the poll interval: then all of them are looked at. */
  async #wait(watch: WakeUpWatch): Promise<void> {
    const { lanes, pollIntervalMs } = this.#parts;
    const { signal } = this.#poking;
    const due = nextReadIn(lanes, performance.now());
    const began = performance.now();
    await watch.wait(Math.min(pollIntervalMs, due), signal);
    if (watch.hinted || signal.aborted) return;
    if (performance.now() - began >= due) return;
    for (const { ahead } of lanes) ahead.mayHaveMore = true;
  }

  async #read({ lanes, maxBytes }: ReadPlan<Lane>): Promise<void> {
    const { db, catalogue, limits } = this.#parts;
    const taken = lanes.map(({ ahead }) => ahead);
    const requests = lanes.map((lane) => requestFor(lane, limits.laneBytes));
    for (const ahead of taken) ahead.mayHaveMore = false;
    try {
      const fetched = await fetch(db, catalogue, requests, { maxBytes });
      this.#failures = 0;
      this.#error = undefined;
      for (const [n, lane] of lanes.entries())
        this.#land(lane, taken[n] as ReadAhead, fetched[n] as FetchedPartition);
      this.#parts.onFilled();
    } catch (error) {
      for (const ahead of taken) ahead.mayHaveMore = true;
      await this.#recover(error);
    }
  }

  async #recover(error: unknown): Promise<void> {
    this.#failures += 1;
    this.#error = String(error);
    this.#parts.log.error(error, 'reading failed; trying again', {
      failures: this.#failures,
    });
    await sleep(retryMs(this.#failures), this.#stopping.signal);
  }

  /** What was fetched for a lane that has begun elsewhere meanwhile is thrown away. */
  #land(lane: Lane, ahead: ReadAhead, fetched: FetchedPartition): void {
    if (lane.ahead !== ahead) return;
    const namesake = namesakeError(this.#parts.catalogue, lane.partition);
    if (namesake) return this.#failed(lane, {}, namesake);
    if (fetched.error) return this.#failed(lane, fetched, fetched.error);
    lane.readRecovered();
    ahead.fill(fetched);
    const { nextOffset, highWatermark, logEndOffset } = fetched;
    if (nextOffset < highWatermark) ahead.mayHaveMore = true;
    else if (highWatermark < logEndOffset) {
      ahead.mayHaveMore = true;
      lane.readNotBefore = performance.now() + REPLICATION_POLL_MS;
    }
  }

  #failed(
    lane: Lane,
    { divergingOffset }: Pick<FetchedPartition, 'divergingOffset'>,
    error: PostamtError,
  ): void {
    const { canReset, log, catalogue } = this.#parts;
    const { partition } = lane.partition;
    lane.ahead.mayHaveMore = true;
    lane.readNotBefore = performance.now() + BUSY_POLL_MS;
    if (canReset && divergingOffset !== undefined) {
      if (lane.busy > 0) return;
      log.warn(error, TRUNCATED, { partition, divergingOffset });
      lane.goBack(divergingOffset);
    } else if (isPostamtError(error, 'OFFSET_OUT_OF_RANGE')) {
      if (lane.busy > 0 || !lane.ahead.isEmpty) return;
      log.warn(error, OUT_OF_RANGE, { partition });
      lane.restart('reset');
      this.#parts.onRestart();
    } else {
      lane.readFailed(error);
      const failures = lane.readFailures;
      log.error(error, 'reading failed; trying again', { partition, failures });
      lane.readNotBefore = performance.now() + retryMs(failures);
      if (isPostamtError(error, 'UNKNOWN_TOPIC_OR_PARTITION'))
        catalogue.clear();
    }
  }
}

function requestFor({ ahead, partition }: Lane, maxBytes: number) {
  const { lastFetchedEpoch } = ahead;
  return {
    topic: partition.topic,
    partition: partition.partition,
    offset: ahead.position,
    maxBytes,
    ...(lastFetchedEpoch !== undefined && { lastFetchedEpoch }),
  };
}

function keyOf({ partition }: Lane): string {
  return partitionWakeUp(partition.partitionId);
}
