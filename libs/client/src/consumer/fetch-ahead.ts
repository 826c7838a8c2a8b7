import { performance } from 'node:perf_hooks';
import { backoffMs, type Logger, type PostamtError } from '#kernel';
import { fetchWaiting, type Catalogue, type FetchedPartition } from '#log';
import type { Database } from '#postgres';
import type { ConsumerSettings } from './consumer-options.js';
import { namesakeError } from '../progress/namesake.js';
import type { PartitionTrack } from './partition-track.js';

/** A fetch that is under way, and from where it reads. */
interface Flight {
  readonly offsets: ReadonlyMap<PartitionTrack, bigint>;
  readonly ending: AbortController;
  readonly landed: Promise<void>;
}

const RETRY = { initialMs: 100, maxMs: 30_000 };

/**
 * Reads ahead for a consumer: at most one fetch is under way, for those partitions that have nothing left, so that what
 * is held in memory is bounded by `fetchMaxBytes`. It goes on while the user works on what `poll` gave.
 */
export class FetchAhead {
  readonly #db: Database;
  readonly #catalogue: Catalogue;
  readonly #settings: ConsumerSettings;
  readonly #logger: Logger;
  #flight: Flight | undefined;
  #again: readonly PartitionTrack[] | undefined;
  #failure: unknown;
  #failures = 0;

  constructor(db: Database, catalogue: Catalogue, settings: ConsumerSettings) {
    this.#db = db;
    this.#catalogue = catalogue;
    this.#settings = settings;
    this.#logger = db.logger;
  }

  /** Resolves when the fetch that is under way has ended; undefined where there is none. */
  get landed(): Promise<void> | undefined {
    return this.#flight?.landed;
  }

  /** Why the last fetch failed altogether, told once; undefined when it has not. */
  takeFailure(): unknown {
    const failure = this.#failure;
    this.#failure = undefined;
    return failure;
  }

  /** How long to wait after that. */
  get pauseMs(): number {
    return backoffMs(RETRY, this.#failures);
  }

  /** Fetches for these partitions, in this order; a fetch that waits for others only is ended first. */
  start(tracks: readonly PartitionTrack[]): void {
    if (tracks.length === 0) return;
    if (!this.#flight) {
      this.#flight = this.#takeOff(tracks);
      return;
    }
    const { offsets, ending } = this.#flight;
    if (tracks.every((track) => offsets.get(track) === track.fetchOffset))
      return;
    this.#again = tracks;
    ending.abort();
  }

  /** Ends the fetch that is under way. */
  async stop(): Promise<void> {
    this.#again = undefined;
    this.#flight?.ending.abort();
    await this.#flight?.landed;
  }

  #takeOff(tracks: readonly PartitionTrack[]): Flight {
    const ending = new AbortController();
    const offsets = new Map(tracks.map((track) => [track, track.fetchOffset]));
    return { offsets, ending, landed: this.#fly(offsets, ending) };
  }

  async #fly(
    offsets: ReadonlyMap<PartitionTrack, bigint>,
    ending: AbortController,
  ): Promise<void> {
    try {
      const read = await this.#fetch([...offsets.keys()], ending.signal);
      this.#failures = 0;
      for (const [n, [track, offset]] of [...offsets].entries())
        this.#land(track, offset, read[n] as FetchedPartition);
    } catch (error) {
      this.#failures += 1;
      this.#failure = error;
    } finally {
      this.#flight = undefined;
      const again = this.#again;
      this.#again = undefined;
      if (again && !this.#failure) this.start(again.filter(isFetchable));
    }
  }

  async #fetch(
    tracks: readonly PartitionTrack[],
    signal: AbortSignal,
  ): Promise<FetchedPartition[]> {
    const { maxPartitionFetchBytes: maxBytes, ...settings } = this.#settings;
    const requests = tracks.map((track) => ({
      topic: track.topic,
      partition: track.partition,
      offset: track.fetchOffset,
      maxBytes,
      ...(track.lastFetchedEpoch !== undefined && {
        lastFetchedEpoch: track.lastFetchedEpoch,
      }),
    }));
    return fetchWaiting(this.#db, this.#catalogue, requests, {
      minBytes: settings.fetchMinBytes,
      maxWaitMs: settings.fetchMaxWaitMs,
      maxBytes: settings.fetchMaxBytes,
      onCorrupt: settings.onCorrupt,
      signal,
    });
  }

  /** What was fetched for a partition that was set elsewhere meanwhile is thrown away. */
  #land(
    track: PartitionTrack,
    offset: bigint,
    fetched: FetchedPartition,
  ): void {
    if (track.reset !== undefined || track.fetchOffset !== offset) return;
    const { topic, partition } = track;
    for (const skipped of fetched.skipped)
      this.#logger.warn(
        { topic, partition, ...skipped },
        'skipped a corrupt batch',
      );
    const namesake = this.#namesakeError(track);
    if (namesake) this.#failed(track, {}, namesake);
    else if (fetched.error) this.#failed(track, fetched, fetched.error);
    else track.fill(fetched);
  }

  #namesakeError(track: PartitionTrack): PostamtError | undefined {
    const { topic, partition, partitionId } = track;
    if (partitionId === undefined) return undefined;
    return namesakeError(this.#catalogue, { topic, partition, partitionId });
  }

  #failed(
    track: PartitionTrack,
    { divergingOffset }: Pick<FetchedPartition, 'divergingOffset'>,
    err: PostamtError,
  ): void {
    const { topic, partition } = track;
    const { autoOffsetReset } = this.#settings;
    const canReset = autoOffsetReset !== 'none';
    if (canReset && divergingOffset !== undefined) {
      this.#logger.warn(
        { err, topic, partition, divergingOffset },
        'the log has lost what was read; going back to where both agree',
      );
      track.seek(divergingOffset);
    } else if (canReset && err.code === 'OFFSET_OUT_OF_RANGE') {
      this.#logger.warn(
        { err, topic, partition, autoOffsetReset },
        'the log does not have the offset; going where autoOffsetReset says',
      );
      track.seekTo(autoOffsetReset);
    } else {
      const retryAt = performance.now() + backoffMs(RETRY, track.failures + 1);
      if (err.code === 'UNKNOWN_TOPIC_OR_PARTITION') this.#catalogue.clear();
      const isNew = track.fail(err, retryAt);
      if (!isNew)
        this.#logger.warn(
          { err, topic, partition, failures: track.failures },
          'a partition can still not be read; trying again',
        );
    }
  }
}

/** Whether a partition can be fetched now: it is known from where, nothing is left of it, and it has not just failed. */
export function isFetchable(track: PartitionTrack): boolean {
  return (
    !track.isPaused &&
    track.isEmpty &&
    track.position !== undefined &&
    track.notBefore <= performance.now()
  );
}
