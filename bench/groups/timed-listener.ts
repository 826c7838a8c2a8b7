import { Listener } from '#client';
import type { Database } from '#postgres';
import { waitFor } from '#testing';
import { clock } from '../outbox/open-loop.ts';
import { numberTopic, type NumberTopic } from './number-topic.ts';
import type { TopicValue } from '#schemas';

/** What a listener is measured with. */
export interface TimedListening {
  readonly topic: string;
  readonly transactional: boolean;
  /** Records that will come. */
  readonly count: number;
}

/** A listener that notes when its handler was called with each record, by the record's number. */
export class TimedListener {
  /** In milliseconds of the machine's clock; 0 = not yet. */
  readonly #handed: Float64Array;
  readonly #listener: Listener<unknown, string, TopicValue<NumberTopic>>;
  #count = 0;

  constructor(db: Database, { topic, transactional, count }: TimedListening) {
    this.#handed = new Float64Array(count);
    this.#listener = new Listener(db, {
      topic: numberTopic(topic),
      group: topic,
      transactional,
      handler: (value) => {
        if (!value) return;
        this.#handed[value.number] = clock();
        this.#count += 1;
      },
    });
  }

  async start(): Promise<void> {
    await this.#listener.start();
  }

  /** Resolves to when each record was handed over, once all were. */
  async stopWhenDone(): Promise<Float64Array> {
    await waitFor(
      'all records to come to the listener',
      () => this.#count >= this.#handed.length,
      { timeoutMs: 60_000 },
    );
    await this.#listener.stop();
    return this.#handed;
  }
}
