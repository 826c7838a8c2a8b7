import { deepStrictEqual } from 'node:assert';
import { KafkaSink } from '#kafka';
import { isPostamtError } from '#kernel';
import type { SinkEvent } from '#outbox';
import type { KafkaCheck, KafkaStage } from '../kafka-check.ts';
import { MemoryJournal } from '../memory-journal.ts';

/** Sinks of one outbox, each as a relay of its own has it, over one journal. */
class Takeover {
  readonly journal = new MemoryJournal();
  readonly #stage: KafkaStage;
  readonly #topic: string;
  readonly #sinks: KafkaSink[] = [];

  private constructor(stage: KafkaStage, topic: string) {
    this.#stage = stage;
    this.#topic = topic;
  }

  static async begin(stage: KafkaStage, name: string): Promise<Takeover> {
    const topic = stage.name(name);
    await stage.reader.createTopic(topic, 2);
    return new Takeover(stage, topic);
  }

  /** A relay that starts; those before it are as good as killed where they ship no more. */
  relay(): KafkaSink {
    const sink = new KafkaSink({
      brokers: this.#stage.brokers,
      transactionalId: this.#topic,
    });
    this.#sinks.push(sink);
    return sink;
  }

  /** Has the relay ship those events, for as long as that fails as a relay that was fenced does. */
  async ship(sink: KafkaSink, ids: readonly number[]): Promise<void> {
    const events = ids.map((id) => this.#event(id));
    for (;;) {
      try {
        await sink.ship(events, this.journal);
        return;
      } catch (error) {
        if (!isPostamtError(error) || !error.retriable) throw error;
      }
    }
  }

  /** The ids in the topic, as a reader of committed records sees them. */
  async read(): Promise<number[]> {
    const { reader } = this.#stage;
    const records = await reader.read(this.#topic, 'READ_COMMITTED');
    return records
      .map(({ timestamp }) => Number(timestamp))
      .sort((one, other) => one - other);
  }

  async end(): Promise<void> {
    await Promise.all(this.#sinks.map((sink) => sink.close()));
  }

  #event(id: number): SinkEvent {
    return {
      id: BigInt(id),
      eventId: `event-${id}`,
      topic: this.#topic,
      topicNumber: 1,
      timestamp: id,
      key: Buffer.from(`key ${id % 3}`),
      value: null,
      headers: [],
    };
  }
}

/** Plays what relays do, and compares what is in the topic. */
function playing(
  name: string,
  expected: readonly number[],
  play: (takeover: Takeover) => Promise<void>,
): KafkaCheck {
  return {
    name,
    run: async (stage) => {
      const takeover = await Takeover.begin(
        stage,
        name.replaceAll(/\W+/g, '-'),
      );
      try {
        await play(takeover);
        deepStrictEqual(await takeover.read(), expected);
      } finally {
        await takeover.end();
      }
      return `${expected.length} records`;
    },
  };
}

/** What is known of deliveries that were not marked, case by case. */
export const takeoverChecks: readonly KafkaCheck[] = [
  playing(
    'a delivery that was not marked is not sent again by the same relay',
    [1, 2, 3],
    async (takeover) => {
      const relay = takeover.relay();
      await takeover.ship(relay, [1, 2]);
      await takeover.ship(relay, [1, 2, 3]);
    },
  ),
  playing(
    'a relay that is killed after it has taken over leaves what it knew to the next',
    [1, 2, 3, 4],
    async (takeover) => {
      await takeover.ship(takeover.relay(), [1, 2, 3]);
      await takeover.ship(takeover.relay(), [1, 4]);
      await takeover.ship(takeover.relay(), [2, 3, 1, 4]);
    },
  ),
  playing(
    'what a relay has not offered yet stays known when its first move is marked',
    [1, 2, 3, 4],
    async (takeover) => {
      await takeover.ship(takeover.relay(), [1, 2, 3]);
      await takeover.ship(takeover.relay(), [1, 4]);
      takeover.journal.mark();
      await takeover.ship(takeover.relay(), [2, 3]);
    },
  ),
  playing(
    'a relay that offers only what is known notes it, and leaves the rest to the next',
    [1, 2, 3],
    async (takeover) => {
      await takeover.ship(takeover.relay(), [1, 2, 3]);
      const relay = takeover.relay();
      await takeover.ship(relay, [1]);
      takeover.journal.mark();
      await takeover.ship(takeover.relay(), [2, 3]);
    },
  ),
  playing(
    'a delivery that a fenced relay has begun and not made is nothing to go by',
    [1, 2, 3, 4],
    async (takeover) => {
      await takeover.ship(takeover.relay(), [1, 2, 3]);
      const relay = takeover.relay();
      await takeover.ship(relay, [4]);
      takeover.journal.mark();
      await takeover.journal.begin([9n]);
      await takeover.ship(relay, [1, 2, 3]);
    },
  ),
  playing(
    'relays in turns fence each other and send nothing twice',
    [1, 2, 3, 4, 5],
    async (takeover) => {
      const [one, other] = [takeover.relay(), takeover.relay()];
      await takeover.ship(one, [1, 2]);
      await takeover.ship(other, [1, 2, 3]);
      takeover.journal.mark();
      await takeover.ship(one, [4]);
      await takeover.ship(other, [4, 5]);
      await takeover.ship(one, [4, 5]);
    },
  ),
  playing(
    'a journal that was put back has its events sent, not taken for delivered',
    [1, 2, 3, 4],
    async (takeover) => {
      await takeover.ship(takeover.relay(), [1, 2]);
      takeover.journal.deliveries.length = 0;
      await takeover.journal.begin([3n, 4n]);
      await takeover.ship(takeover.relay(), [3, 4]);
    },
  ),
];
