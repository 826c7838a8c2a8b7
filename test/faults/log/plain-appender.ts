import { append, Catalogue } from '#log';
import { encodeRecordBatch } from '#records';
import type { Appender, AppenderPlace, OpenAppender } from './appender.js';

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

  async send(partition: number, values: readonly string[]): Promise<bigint> {
    const { db, topic } = this.#place;
    const batch = batchOf(values);
    const [appended] = await append(db, this.#catalogue, [
      { topic, partition, batch },
    ]);
    return appended?.baseOffset as bigint;
  }

  async close(): Promise<void> {}
}

/** A batch of these values. */
export function batchOf(values: readonly string[]): Buffer {
  return encodeRecordBatch(
    values.map((value) => ({
      timestamp: Date.now(),
      key: null,
      value: Buffer.from(value),
    })),
  );
}

export const plainAppender: OpenAppender = async (place) =>
  new PlainAppender(place);
