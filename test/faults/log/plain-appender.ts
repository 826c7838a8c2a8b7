import { append, Catalogue } from '#log';
import type { Appender, AppenderPlace, OpenAppender } from './appender.js';
import { batchOf, offsetsOf } from './batch-of.js';

/** The engine's `append`, one batch a call, and no second attempt: what is unknown stays unknown. */
class PlainAppender implements Appender {
  /** Calls of `append` beside each other go by connections of their own: the second may overtake the first. */
  readonly inFlight = 1;
  readonly #place: AppenderPlace;
  readonly #catalogue: Catalogue;

  constructor(place: AppenderPlace) {
    this.#place = place;
    this.#catalogue = new Catalogue(place.db);
  }

  async send(partition: number, values: readonly string[]): Promise<bigint[]> {
    const { db, topic, acks } = this.#place;
    const request = { topic, partition, batch: batchOf(values) };
    const [appended] = await append(db, this.#catalogue, [request], { acks });
    return offsetsOf(appended);
  }

  async close(): Promise<void> {}
}

export const plainAppender: OpenAppender = async (place) =>
  new PlainAppender(place);
