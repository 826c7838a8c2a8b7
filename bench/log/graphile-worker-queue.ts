import {
  Logger,
  makeWorkerUtils,
  run,
  type Runner,
  type WorkerUtils,
} from 'graphile-worker';
import { Pool } from 'pg';
import type { JobData, JobQueue } from './job-queue.ts';

const TASK = 'bench';
const BATCH = 5_000;
const CONNECTIONS = 2;
/**
 * Its documentation's page on performance: a local queue, completions held back to go together. Of six settings tried,
 * with 24 to 500 jobs at once and 500 to 4,000 in the local queue, this one was the fastest here.
 */
const WORKER = {
  concurrentJobs: 200,
  localQueue: { size: 4_000 },
  completeJobBatchDelay: 10,
  failJobBatchDelay: 10,
};
const silent = new Logger(() => () => {});

/** graphile-worker: `addJobs`, and a runner with a local queue and completions in batches. */
export class GraphileWorkerQueue implements JobQueue {
  readonly name = 'graphile-worker';
  readonly #pool: Pool;
  readonly #utils: WorkerUtils;
  readonly #data: JobData;
  #stopped: Promise<void> = Promise.resolve();

  private constructor(pool: Pool, utils: WorkerUtils, data: JobData) {
    this.#pool = pool;
    this.#utils = utils;
    this.#data = data;
  }

  static async open(
    connectionString: string,
    data: JobData,
  ): Promise<GraphileWorkerQueue> {
    const pool = new Pool({ connectionString, max: 10 });
    pool.on('error', ignore);
    pool.on('connect', (client) => client.on('error', ignore));
    const utils = await makeWorkerUtils({ pgPool: pool, logger: silent });
    await utils.migrate();
    return new GraphileWorkerQueue(pool, utils, data);
  }

  async enqueue(count: number): Promise<void> {
    let left = count;
    const work = async () => {
      while (left > 0) {
        const length = Math.min(BATCH, left);
        left -= length;
        const job = { identifier: TASK, payload: this.#data };
        await this.#utils.addJobs(Array.from({ length }, () => job));
      }
    };
    await Promise.all(Array.from({ length: CONNECTIONS }, async () => work()));
  }

  /** The clock stops with the last job that was run; its completion, on its way then, is not waited for. */
  async complete(count: number): Promise<void> {
    let seen = 0;
    const done = Promise.withResolvers<void>();
    const task = () => {
      seen += 1;
      if (seen === count) done.resolve();
    };
    const runner = await this.#start(task);
    await done.promise;
    this.#stopped = runner.stop();
  }

  async #start(task: () => void): Promise<Runner> {
    await this.#stopped;
    return run({
      pgPool: this.#pool,
      taskList: { [TASK]: task },
      noHandleSignals: true,
      logger: silent,
      preset: { worker: WORKER },
    });
  }

  async close(): Promise<void> {
    await this.#stopped;
    await this.#utils.release();
    await this.#pool.end();
  }
}

/** A connection that breaks fails what runs on it; unheard, its error would end the process. */
function ignore(): void {}
