import { Catalogue, LogWriter } from '#log';
import type { Appender, AppenderPlace, OpenAppender } from './appender.js';
import { batchOf, offsetsOf } from './batch-of.js';

/** The engine's group commit, without idempotence. With `acks=0` it is told nothing, errors neither. */
class WriterAppender implements Appender {
  readonly inFlight = 3;
  readonly #place: AppenderPlace;
  readonly #writer: LogWriter;

  constructor(place: AppenderPlace) {
    this.#place = place;
    this.#writer = new LogWriter(place.db, new Catalogue(place.db));
  }

  async send(
    partition: number,
    values: readonly string[],
  ): Promise<bigint[] | null> {
    const { topic, acks } = this.#place;
    const request = { topic, partition, batch: batchOf(values) };
    const appending = this.#writer.append([request], { acks });
    if (acks !== 0) return offsetsOf((await appending)[0]);
    appending.catch(() => {});
    return null;
  }

  async close(): Promise<void> {
    await this.#writer.close();
  }
}

export const writerAppender: OpenAppender = async (place) =>
  new WriterAppender(place);
