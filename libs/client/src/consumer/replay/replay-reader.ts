import { sleep } from '#kernel';
import { fetch, type Catalogue, type FetchedPartition } from '#log';
import type { Database } from '#postgres';
import type { ConsumerOptions } from '../consumer-options.js';
import { partitionKey } from '../consumer-record.js';
import { retryPassing } from '../retry-passing.js';
import type { ReplayRange } from './replay-range.js';

/** How much is read at once. Names and defaults are the consumer's. */
export type ReplayPace = Pick<
  ConsumerOptions,
  'fetchMaxBytes' | 'maxPartitionFetchBytes' | 'onCorrupt'
>;

/** What was read of a partition: its batches hold records before and behind it too. */
export interface ReplayedPage {
  readonly fetched: FetchedPartition;
  readonly from: bigint;
  readonly to: bigint;
}

/** How long is tried again where Postgres is out of reach (`default.api.timeout.ms`). */
const RETRY_MS = 60_000;
/** How often is looked where readers are held to what standbys have flushed. */
const HELD_BACK_MS = 100;

/** Reads ranges of partitions page by page; those that were given something stand last in the next page. */
export class ReplayReader {
  readonly #db: Database;
  readonly #catalogue: Catalogue;
  readonly #pace: ReplayPace;
  #open: ReplayRange[];

  constructor(
    db: Database,
    catalogue: Catalogue,
    ranges: readonly ReplayRange[],
    pace: ReplayPace,
  ) {
    this.#db = db;
    this.#catalogue = catalogue;
    this.#pace = pace;
    this.#open = ranges.filter(({ from, to }) => from < to);
  }

  /** The next page; undefined once all has been read. */
  async next(): Promise<ReplayedPage[] | undefined> {
    while (this.#open.length > 0) {
      const pages = await this.#read();
      this.#advance(pages);
      const some = pages.filter(({ fetched }) => fetched.batches.length > 0);
      if (some.length > 0) return some;
      if (this.#open.length > 0) await sleep(HELD_BACK_MS);
    }
    return undefined;
  }

  async #read(): Promise<ReplayedPage[]> {
    const { maxPartitionFetchBytes, fetchMaxBytes, onCorrupt } = this.#pace;
    const options = {
      ...(fetchMaxBytes && { maxBytes: fetchMaxBytes }),
      ...(onCorrupt && { onCorrupt }),
    };
    const requests = this.#open.map(({ topic, partition, from }) => ({
      topic,
      partition,
      offset: from,
      ...(maxPartitionFetchBytes && { maxBytes: maxPartitionFetchBytes }),
    }));
    const read = await retryPassing(
      () => fetch(this.#db, this.#catalogue, requests, options),
      RETRY_MS,
    );
    return this.#open.map(({ from, to }, n) => ({
      fetched: read[n] as FetchedPartition,
      from,
      to,
    }));
  }

  #advance(pages: readonly ReplayedPage[]): void {
    const moved = pages.map((page) => ({ page, next: this.#nextOf(page) }));
    const isStuck = moved.every(({ page, next }) => next === page.from);
    const left = moved.filter(
      ({ page, next }) => next < page.to && !(isStuck && isEmpty(page)),
    );
    const ranges = left.map(({ page, next }) => rangeOf(page, next));
    const isWaiting = (n: number) => left[n]?.next === left[n]?.page.from;
    this.#open = [
      ...ranges.filter((_, n) => isWaiting(n)),
      ...ranges.filter((_, n) => !isWaiting(n)),
    ];
  }

  /** Where to read on: at the start of the log where retention was faster. @throws what else is wrong */
  #nextOf({ fetched, from }: ReplayedPage): bigint {
    const { error, logStartOffset, nextOffset, skipped } = fetched;
    for (const batch of skipped)
      this.#db.logger.warn(
        { partition: partitionKey(fetched), ...batch },
        'skipped a corrupt batch',
      );
    if (!error) return nextOffset;
    if (error.code !== 'OFFSET_OUT_OF_RANGE' || logStartOffset <= from)
      throw error;
    this.#db.logger.warn(
      { err: error, partition: partitionKey(fetched), logStartOffset },
      'retention has deleted what was to be replayed; going on where the log begins',
    );
    return logStartOffset;
  }
}

/** Nothing stands in the rest of it: all of that is visible, and nobody was given anything in its stead. */
function isEmpty({ fetched, to }: ReplayedPage): boolean {
  return fetched.highWatermark >= to;
}

function rangeOf({ fetched, to }: ReplayedPage, from: bigint): ReplayRange {
  const { topic, partition } = fetched;
  return { topic, partition, from, to };
}
