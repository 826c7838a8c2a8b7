import { performance } from 'node:perf_hooks';
import { isPostamtError } from '#kernel';
import type { Database, WakeUpWatch } from '#postgres';
import type { Catalogue } from './catalogue.js';
import { fetch } from './fetch.js';
import type {
  FetchedPartition,
  FetchOptions,
  FetchRequest,
} from './fetch-request.js';
import { partitionWakeUp } from './topic.js';

/** How {@link fetchWaiting} waits. */
export interface FetchWaitingOptions extends FetchOptions {
  /** Wait until there are as many bytes; 1 by default (`fetch.min.bytes`). */
  readonly minBytes?: number;
  /** The longest wait, in milliseconds; 500 by default (`fetch.max.wait.ms`). */
  readonly maxWaitMs?: number;
  /** Ends the wait. */
  readonly signal?: AbortSignal;
}

/** No wake-up tells that a standby has flushed what readers are held back from: so often is looked. */
const REPLICATION_POLL_MS = 20;
const DEFAULT_MAX_BYTES = 52_428_800;

/**
 * {@link fetch} as a long poll: answers as soon as there are `minBytes`, or something is wrong with a partition, and at
 * the latest after `maxWaitMs` with what there is. It waits for wake-ups of the partitions, without any statement; each
 * call watches for itself, so a caller that polls on should hold a watch of its own (`db.wakeUps.watch`), lest the
 * listening connection be opened anew for each call.
 *
 * @throws PostamtError what {@link fetch} throws
 *
 * @example
 * const [partition] = await fetchWaiting(db, catalogue, [{ topic: 'incidents', partition: 0, offset }], { maxWaitMs: 5_000 });
 */
export async function fetchWaiting(
  db: Database,
  catalogue: Catalogue,
  requests: readonly FetchRequest[],
  options: FetchWaitingOptions = {},
): Promise<FetchedPartition[]> {
  const watch = db.wakeUps.watch(await wakeUpKeys(catalogue, requests));
  try {
    return await new LongPoll(db, catalogue, options).run(requests, watch);
  } finally {
    watch.close();
  }
}

/** The keys of those partitions that are known to exist. */
async function wakeUpKeys(
  catalogue: Catalogue,
  requests: readonly FetchRequest[],
): Promise<string[]> {
  const keys: string[] = [];
  for (const { topic: name, partition } of requests) {
    try {
      const topic = await catalogue.topic(name);
      const known = topic.partitions[partition];
      if (known) keys.push(partitionWakeUp(known.id));
    } catch (error) {
      // The fetch says so, for that partition alone.
      if (!isPostamtError(error, 'UNKNOWN_TOPIC_OR_PARTITION')) throw error;
    }
  }
  return keys;
}

/** One long poll: what it has read stays, and it reads on behind that. */
class LongPoll {
  readonly #db: Database;
  readonly #catalogue: Catalogue;
  readonly #options: FetchWaitingOptions;
  readonly #maxBytes: number;
  #answers: FetchedPartition[] = [];
  #bytes = 0;
  #failed = false;

  constructor(
    db: Database,
    catalogue: Catalogue,
    options: FetchWaitingOptions,
  ) {
    this.#db = db;
    this.#catalogue = catalogue;
    this.#options = options;
    this.#maxBytes = options.maxBytes ?? DEFAULT_MAX_BYTES;
  }

  async run(
    requests: readonly FetchRequest[],
    watch: WakeUpWatch,
  ): Promise<FetchedPartition[]> {
    const { maxWaitMs = 500, signal } = this.#options;
    const deadline = performance.now() + maxWaitMs;
    for (;;) {
      watch.take();
      await this.#read(requests);
      const left = deadline - performance.now();
      if (this.#isEnough() || left <= 0 || signal?.aborted)
        return this.#answers;
      const poll = this.#isHeldBack() ? REPLICATION_POLL_MS : left;
      await watch.wait(Math.min(left, poll), signal);
    }
  }

  async #read(requests: readonly FetchRequest[]): Promise<void> {
    const further = requests.map((request, n) => ({
      ...request,
      ...this.#whereLeft(n),
    }));
    const { onCorrupt } = this.#options;
    const read = await fetch(this.#db, this.#catalogue, further, {
      maxBytes: this.#maxBytes - this.#bytes,
      ...(onCorrupt && { onCorrupt }),
    });
    this.#failed = read.some(
      ({ error, skipped }) => error || skipped.length > 0,
    );
    this.#answers = read.map((answer, n) => joined(this.#answers[n], answer));
    this.#bytes = this.#answers
      .flatMap(({ batches }) => batches)
      .reduce((sum, { bytes }) => sum + bytes.length, 0);
  }

  #whereLeft(n: number): Partial<FetchRequest> {
    const before = this.#answers[n];
    if (!before) return {};
    const last = before.batches.at(-1);
    return {
      offset: before.nextOffset,
      ...(last && { lastFetchedEpoch: last.leaderEpoch }),
    };
  }

  #isEnough(): boolean {
    const { minBytes = 1 } = this.#options;
    return this.#failed || this.#bytes >= Math.min(minBytes, this.#maxBytes);
  }

  #isHeldBack(): boolean {
    return this.#answers.some(
      ({ highWatermark, logEndOffset }) => highWatermark < logEndOffset,
    );
  }
}

/** What was read of a partition, and what was read behind it. An error waits for the next call where there is something. */
function joined(
  before: FetchedPartition | undefined,
  answer: FetchedPartition,
): FetchedPartition {
  if (!before || before.batches.length === 0) return answer;
  if (answer.error) return before;
  return { ...answer, batches: [...before.batches, ...answer.batches] };
}
