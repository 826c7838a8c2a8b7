import { sleep } from '#kernel';
import type { Database } from '#postgres';
import { openProducer } from '../log/engine.ts';
import { clock } from '../outbox/open-loop.ts';
import { numbered, type NumberTopic } from './number-topic.ts';

/** A record into each partition every so often, one partition after the other, until it is stopped. */
export class SteadyRecords {
  readonly #running: Promise<void>;
  readonly #stopping = new AbortController();

  constructor(db: Database, topic: NumberTopic, intervalMs: number) {
    this.#running = this.#run(db, topic, intervalMs / topic.partitions);
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#running;
  }

  async #run(db: Database, topic: NumberTopic, everyMs: number): Promise<void> {
    const { signal } = this.#stopping;
    const producer = await openProducer(db, [topic]);
    const sends: Promise<unknown>[] = [];
    const begun = clock();
    while (!signal.aborted) {
      const n = sends.length;
      const due = begun + n * everyMs;
      if (due > clock()) await sleep(Math.max(1, due - clock()), signal);
      const record = { ...numbered(n), partition: n % topic.partitions };
      sends.push(producer.send(topic, record));
    }
    await Promise.all(sends);
    await producer.close();
  }
}
