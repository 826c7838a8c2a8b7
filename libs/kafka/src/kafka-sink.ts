import { PostamtError } from '#kernel';
import type { Delivered, DeliveryJournal, Sink, SinkEvent } from '#outbox';
import {
  sinkSettings,
  type KafkaSinkOptions,
  type SinkSettings,
} from './kafka-sink-options.js';
import { Session } from './session.js';

/** A shipment ends within this: its move's transaction is open meanwhile, and the server ends an idle one after 10 s. */
const SHIP_LIMIT_MS = 7_000;
/** How long it may take to abort what failed; a later relay, or the brokers' time-out, does it otherwise. */
const GIVE_UP_LIMIT_MS = 750;

/**
 * Brings outbox events to a cluster of Apache Kafka. With transactions, readers with `isolation.level=read_committed`
 * see each committed event once, whatever is killed and when; without, at least once, with the event's id in the header
 * `id`. docs/how-to/relay-to-kafka.md says exactly how far that goes.
 *
 * @example
 * const sink = new KafkaSink({ brokers: ['localhost:9092'], transactionalId: 'shop' });
 * const relay = new Relay(db, { sink });
 * relay.start();
 * …
 * await relay.stop();
 * await sink.close();
 */
export class KafkaSink implements Sink {
  readonly name = 'kafka';
  readonly #settings: SinkSettings;
  #session: Session;
  #closed = false;

  /** @throws PostamtError INVALID_CONFIG naming the option at fault */
  constructor(options: KafkaSinkOptions) {
    this.#settings = sinkSettings(options);
    this.#session = new Session(this.#settings);
  }

  async ship(
    events: readonly SinkEvent[],
    journal: DeliveryJournal,
  ): Promise<Delivered> {
    if (this.#closed) throw new PostamtError('CLOSED', 'The sink is closed.');
    const session = this.#session;
    let isOver = false;
    const shipped = session.ship(events, journal).finally(() => {
      isOver = true;
    });
    try {
      return await within(SHIP_LIMIT_MS, shipped);
    } catch (error) {
      this.#session = session.next();
      // One that is still under way may be about to commit, and is just cut off.
      if (isOver)
        await within(GIVE_UP_LIMIT_MS, session.giveUp()).catch(() => {});
      session.close();
      throw error;
    }
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#session.close();
  }
}

async function within<T>(limitMs: number, work: Promise<T>): Promise<T> {
  const { promise: late, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(
    () =>
      reject(
        new PostamtError(
          'TIMED_OUT',
          `Kafka has not taken the shipment within ${limitMs} ms; it is tried again.`,
        ),
      ),
    limitMs,
  );
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}
