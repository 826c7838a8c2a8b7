import { PgBoss } from 'pg-boss';
import type { JobData, JobQueue } from './job-queue.ts';

const QUEUE = 'bench';
/** The fastest here of batches of 1,000 to 5,000 over one to four connections: fetches beside each other slow it down. */
const BATCH = 5_000;
const CONNECTIONS = 1;

/** pg-boss: `insert` of many jobs, `fetch` with a batch size, `complete` of all that were fetched. */
export class PgBossQueue implements JobQueue {
  readonly name = 'pg-boss';
  readonly #boss: PgBoss;
  readonly #data: JobData;

  private constructor(boss: PgBoss, data: JobData) {
    this.#boss = boss;
    this.#data = data;
  }

  static async open(
    connectionString: string,
    data: JobData,
  ): Promise<PgBossQueue> {
    const boss = new PgBoss({
      connectionString,
      max: CONNECTIONS,
      supervise: false,
      schedule: false,
    });
    // Unheard, an error of its background work would end the process.
    boss.on('error', (error) => process.stderr.write(`${String(error)}\n`));
    await boss.start();
    await boss.createQueue(QUEUE);
    return new PgBossQueue(boss, data);
  }

  async enqueue(count: number): Promise<void> {
    await this.#inBatches(count, async (size) => {
      const jobs = Array.from({ length: size }, () => ({ data: this.#data }));
      await this.#boss.insert(QUEUE, jobs);
      return size;
    });
  }

  async complete(count: number): Promise<void> {
    await this.#inBatches(count, async (batchSize) => {
      const jobs = await this.#boss.fetch<JobData>(QUEUE, { batchSize });
      if (jobs.length === 0) throw new Error('pg-boss has no job left');
      const ids = jobs.map(({ id }) => id);
      await this.#boss.complete(QUEUE, ids);
      return ids.length;
    });
  }

  async close(): Promise<void> {
    await this.#boss.stop({ graceful: false });
  }

  /** As many batches at once as there are connections. */
  async #inBatches(
    count: number,
    act: (size: number) => Promise<number>,
  ): Promise<void> {
    let left = count;
    const work = async () => {
      while (left > 0) {
        const size = Math.min(BATCH, left);
        left -= size;
        left += size - (await act(size));
      }
    };
    await Promise.all(Array.from({ length: CONNECTIONS }, async () => work()));
  }
}
