import { Listener } from '#client';
import type { Database } from '#postgres';
import type { TopicValue } from '#schemas';
import { waitFor } from '#testing';
import { EVENTS } from './events.ts';
import { clock } from './open-loop.ts';

/** A listener that notes when it was handed each event, by the event's number. */
export class CountingListener {
  /** In milliseconds of the machine's clock; 0 = not yet. */
  readonly handed: Float64Array;
  readonly #listener: Listener<unknown, string, TopicValue<typeof EVENTS>>;
  #count = 0;

  constructor(db: Database, count: number) {
    this.handed = new Float64Array(count);
    this.#listener = new Listener(db, {
      topic: EVENTS,
      group: 'bench',
      handler: (event) => {
        if (!event) return;
        this.handed[event.number] = clock();
        this.#count += 1;
      },
    });
  }

  async start(): Promise<void> {
    await this.#listener.start();
  }

  /** Resolves to {@link CountingListener.handed} once all events were handed over. */
  async stopWhenDone(): Promise<Float64Array> {
    await waitFor(
      'all events to come to the listener',
      () => this.#count >= this.handed.length,
      { timeoutMs: 60_000 },
    );
    await this.#listener.stop();
    return this.handed;
  }
}
