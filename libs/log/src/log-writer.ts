import { isPostamtError, PostamtError, type ErrorCode } from '#kernel';
import type { Database } from '#postgres';
import { awaitReplicas } from './append.js';
import type {
  Appended,
  AppendOptions,
  AppendRequest,
} from './append-request.js';
import type { PlannedAppend } from './append-plan.js';
import type { Catalogue } from './catalogue.js';
import {
  commitAppend,
  isStaleCatalogue,
  neededReplicas,
  planFresh,
  writeAppends,
  type AppendCommit,
} from './commit-append.js';
import { inSyncReplicas } from './in-sync-replicas.js';

/** One caller's batches on their way into a flush. */
interface Job {
  readonly requests: readonly AppendRequest[];
  readonly options: AppendOptions;
  readonly bytes: number;
  readonly resolve: (commit: AppendCommit) => void;
  readonly reject: (error: unknown) => void;
}

/** A job whose batches have been checked. */
interface PlannedJob extends Job {
  readonly plans: readonly PlannedAppend[];
}

/** What goes into one transaction at the most: what arrives while it is written waits for no more than this. */
const MOST_BYTES = 4 * 1024 * 1024;
const MOST_BATCHES = 400;

/**
 * Group commit: whatever arrives while a flush is under way goes into the next transaction, across callers and
 * partitions, in the order of the calls. A caller's bad batch is refused before the flush; what the server refuses of one
 * caller (a sequence, an epoch) makes each of them be written by itself, so that it never fails its neighbours.
 *
 * @example
 * const writer = new LogWriter(db, catalogue);
 * const [appended] = await writer.append([{ topic: 'incidents', partition: 0, batch }], { acks: 'all' });
 * await writer.close();
 */
export class LogWriter {
  readonly #db: Database;
  readonly #catalogue: Catalogue;
  #queue: Job[] = [];
  #flushing: Promise<void> | undefined;
  #closed = false;

  constructor(db: Database, catalogue: Catalogue) {
    this.#db = db;
    this.#catalogue = catalogue;
  }

  /**
   * Appends batches: all of one call in one transaction. See {@link append} for what it promises and throws.
   */
  async append(
    requests: readonly AppendRequest[],
    options: AppendOptions = {},
  ): Promise<Appended[]> {
    if (this.#closed) {
      throw new PostamtError('CLOSED', 'this writer was closed');
    }
    if (requests.length === 0) return [];
    const commit = await this.#enqueue(requests, options);
    await awaitReplicas(this.#db, commit, options);
    return commit.appended;
  }

  /** Waits for what was handed over, and takes no more. Idempotent. */
  async close(): Promise<void> {
    this.#closed = true;
    await this.#flushing;
  }

  #enqueue(
    requests: readonly AppendRequest[],
    options: AppendOptions,
  ): Promise<AppendCommit> {
    const bytes = requests.reduce((sum, { batch }) => sum + batch.length, 0);
    return new Promise((resolve, reject) => {
      this.#queue.push({ requests, options, bytes, resolve, reject });
      this.#flushing ??= this.#flush();
    });
  }

  async #flush(): Promise<void> {
    // Whoever calls in the same turn of the event loop goes together from the first flush on.
    await Promise.resolve();
    while (this.#queue.length > 0) {
      const jobs = await this.#plan(this.#take());
      if (jobs.length > 0) await this.#write(jobs);
    }
    this.#flushing = undefined;
  }

  /** Takes from the head of the queue what one transaction may hold; one job at least. */
  #take(): Job[] {
    let bytes = 0;
    let batches = 0;
    let end = 0;
    for (const job of this.#queue) {
      bytes += job.bytes;
      batches += job.requests.length;
      if (end > 0 && (bytes > MOST_BYTES || batches > MOST_BATCHES)) break;
      end += 1;
    }
    const taken = this.#queue.slice(0, end);
    this.#queue = this.#queue.slice(end);
    return taken;
  }

  async #plan(jobs: readonly Job[]): Promise<PlannedJob[]> {
    const planned: PlannedJob[] = [];
    for (const job of jobs) {
      try {
        const { requests, options } = job;
        const plans = await planFresh(this.#catalogue, requests, options);
        planned.push({ ...job, plans });
      } catch (error) {
        job.reject(error);
      }
    }
    return planned.some(({ options }) => options.acks === 'all')
      ? this.#replicated(planned)
      : planned;
  }

  /** Those of them for which enough replicas are in sync: one look for all. */
  async #replicated(jobs: readonly PlannedJob[]): Promise<PlannedJob[]> {
    const replicas = inSyncReplicas(this.#db);
    const judged = await Promise.all(
      jobs.map(async (job) => {
        try {
          if (job.options.acks === 'all')
            await replicas.require(neededReplicas(job.plans));
          return [job];
        } catch (error) {
          job.reject(error);
          return [];
        }
      }),
    );
    return judged.flat();
  }

  async #write(jobs: readonly PlannedJob[]): Promise<void> {
    try {
      const plans = jobs.flatMap((job) => job.plans);
      const commit = await writeAppends(this.#db, this.#catalogue, plans);
      let at = 0;
      for (const { resolve, plans: own } of jobs) {
        const appended = commit.appended.slice(at, at + own.length);
        resolve({ ...commit, appended, needed: neededReplicas(own) });
        at += own.length;
      }
    } catch (error) {
      await this.#recover(jobs, error);
    }
  }

  /** What the server refused of one job is that job's alone; what befell the whole transaction befell every job. */
  async #recover(jobs: readonly PlannedJob[], error: unknown): Promise<void> {
    const alone =
      jobs.length > 1 ||
      isStaleCatalogue(error) ||
      isPostamtError(error, 'OUT_OF_ORDER_SEQUENCE_NUMBER');
    for (const { requests, options, resolve, reject } of jobs) {
      if (isShared(error) || !alone) {
        reject(error);
        continue;
      }
      const again = { ...options, swift: false };
      await commitAppend(this.#db, this.#catalogue, requests, again).then(
        resolve,
        reject,
      );
    }
  }
}

const SHARED: readonly ErrorCode[] = [
  'CLOSED',
  'KAFKA_STORAGE_ERROR',
  'NOT_LEADER_OR_FOLLOWER',
  'OUTCOME_UNKNOWN',
  'POSTGRES_UNAVAILABLE',
];

function isShared(error: unknown): boolean {
  return isPostamtError(error) && SHARED.includes(error.code);
}
