import { Producer, rawTopic, type RawTopic } from '#client';
import type { Appender, AppenderPlace, OpenAppender } from './appender.js';

/** The product's producer, idempotent, with several sends under way. */
class ClientAppender implements Appender {
  readonly inFlight = 3;
  readonly #producer: Producer;
  readonly #topic: RawTopic;

  constructor(producer: Producer, topic: RawTopic) {
    this.#producer = producer;
    this.#topic = topic;
  }

  async send(
    partition: number,
    values: readonly string[],
  ): Promise<bigint[] | null> {
    const records = values.map((value) => ({
      partition,
      key: null,
      value: Buffer.from(value),
    }));
    const sent = await this.#producer.send(this.#topic, records);
    const offsets = sent.map(({ offset }) => offset);
    return offsets.every((offset) => offset >= 0n) ? offsets : null;
  }

  async close(): Promise<void> {
    await this.#producer.close();
  }
}

export const clientAppender: OpenAppender = async (place: AppenderPlace) => {
  const { db, acks } = place;
  const topic = rawTopic(place.topic);
  const options = { acks, enableIdempotence: true };
  return new ClientAppender(await Producer.open(db, [topic], options), topic);
};
