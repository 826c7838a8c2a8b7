import { PostamtError } from '#kernel';
import { Catalogue } from '#log';
import type { Database } from '#postgres';
import type { TopicDefinition } from '#schemas';
import { Accumulator } from './accumulator.js';
import { CallLedger } from './call-ledger.js';
import { encodeRecords } from './encode-records.js';
import { LogAppender } from './log-appender.js';
import { MetricsCounter, type ProducerMetrics } from './producer-metrics.js';
import {
  type ProducerOptions,
  type ProducerSettings,
  producerSettings,
} from './producer-options.js';
import type { ProducerRecord, RecordMetadata } from './producer-record.js';
import {
  type AnyTopic,
  openSerializer,
  ProducerTopic,
} from './producer-topic.js';
import type { RawTopic } from './raw-topic.js';
import { SendCall } from './send-call.js';
import { Sender } from './sender.js';
import { settleWithin } from './settle-within.js';

const CLOSE_DEADLINE_MS = 30_000;

/**
 * Writes records straight into their topics, in transactions of its own: for what has no business transaction beside it
 * (an import, a sensor, a command line). **Records that belong to a transaction of yours go through the outbox**
 * (`Outbox.publish`), never through a producer: a `send` is not undone with your transaction.
 *
 * It works as Kafka's: records are gathered in a batch for each partition, a sender writes what is ready, one request at
 * a time, and what cannot be written now is tried again, in order, for `deliveryTimeoutMs`. With idempotence, which is
 * the default, each record stands in the log once, whatever was lost on the way. Close it: what it still holds is written
 * then.
 *
 * @example
 * const producer = await Producer.open(db, [readings]);
 * const [first] = await producer.send(readings, { key: 'sensor-7', value: { celsius: 21.5 } });
 * console.log(first.partition, first.offset);
 * await producer.close();
 */
export class Producer {
  readonly #topics: ReadonlyMap<string, ProducerTopic>;
  readonly #settings: ProducerSettings;
  readonly #ledger = new CallLedger();
  readonly #metrics = new MetricsCounter();
  readonly #accumulator: Accumulator;
  readonly #appender: LogAppender;
  readonly #sender: Sender;
  #closing: Promise<void> | undefined;

  private constructor(
    topics: readonly ProducerTopic[],
    settings: ProducerSettings,
    appender: LogAppender,
  ) {
    this.#topics = new Map(topics.map((topic) => [topic.name, topic]));
    this.#settings = settings;
    this.#accumulator = new Accumulator(settings, this.#metrics);
    this.#appender = appender;
    this.#sender = new Sender({
      accumulator: this.#accumulator,
      appender,
      settings,
      metrics: this.#metrics,
    });
  }

  /**
   * Creates the topics that do not exist, registers their schemas, and resolves to a producer that can write to them.
   *
   * @throws PostamtError INVALID_CONFIG naming the option; what creating a topic or registering a schema throws
   *
   * @example
   * const producer = await Producer.open(db, [readings], { lingerMs: 5, compressionType: 'zstd' });
   */
  static async open(
    db: Database,
    topics: readonly AnyTopic[],
    options?: ProducerOptions,
  ): Promise<Producer> {
    const settings = producerSettings(options);
    const catalogue = new Catalogue(db);
    const opened: ProducerTopic[] = [];
    for (const topic of topics) {
      const serializer = await openSerializer(db, topic);
      const context = { catalogue, settings };
      const open = new ProducerTopic(topic.name, serializer, context);
      await open.load();
      opened.push(open);
    }
    const appender = new LogAppender(db, catalogue);
    return new Producer(opened, settings, appender);
  }

  /** What it has done so far, and what it holds. */
  get metrics(): ProducerMetrics {
    return this.#metrics.snapshot(this.#accumulator.bufferedBytes);
  }

  /**
   * Writes one record, or several; resolves when each of them stands in the log. The records of a partition stand there
   * in the order of the calls, and of the records in a call. They are not written together: where one fails for good, others of
   * its call may stand in the log, and the message says how many. A bad value is found before any record of the call is
   * handed over.
   *
   * A record goes to the partition that it names, or to the one that a partitioner of yours says, or to its key's
   * (murmur2, as Kafka's default partitioner), or, without a key, where `partitioner` has it. Objects may be used again at
   * once, Buffers once the call has its answer.
   *
   * @returns where each record stands, in the order of the call; with `acks: 0` the offset is -1n
   * @throws PostamtError, before anything of the call is handed over: SCHEMA_MISMATCH with topic, field path, value and
   * expected type; INVALID_VALUE for a key, a header, a timestamp or a partitioner's answer; MESSAGE_TOO_LARGE for a
   * record of more than `maxRequestSize`; UNKNOWN_TOPIC_OR_PARTITION for a topic that this producer was not opened with,
   * or a partition that the topic does not have; CLOSED. After that: MESSAGE_TOO_LARGE for a record larger than the
   * topic's `max.message.bytes`; TIMED_OUT where no memory came free in `maxBlockMs`, or the records could not be
   * written in `deliveryTimeoutMs`; OUTCOME_UNKNOWN where nobody can say whether they were; what the log refuses them
   * with.
   */
  send<Key, Value, Input>(
    topic: TopicDefinition<Key, Value, Input>,
    records: ProducerRecord<Key, Input> | readonly ProducerRecord<Key, Input>[],
  ): Promise<RecordMetadata[]>;
  send<Key, Value>(
    topic: RawTopic<Key, Value>,
    records: ProducerRecord<Key, Value> | readonly ProducerRecord<Key, Value>[],
  ): Promise<RecordMetadata[]>;
  async send(
    topic: AnyTopic,
    records: ProducerRecord | readonly ProducerRecord[],
  ): Promise<RecordMetadata[]> {
    this.#assertOpen();
    const list = (
      Array.isArray(records) ? records : [records]
    ) as readonly ProducerRecord[];
    const open = this.#openTopic(topic.name);
    if (list.some((record) => isUnknown(open, record))) {
      for (const { partition = 0 } of list)
        await open.requirePartition(partition);
      this.#assertOpen();
    }
    open.refreshIfOld(performance.now());
    const encoded = encodeRecords(open, list, this.#settings);
    if (encoded.length === 0) return [];
    const call = new SendCall(open.name, encoded, this.#ledger);
    this.#accumulator.take(call, open);
    this.#sender.wake();
    return call.answer;
  }

  /** Has everything that was sent so far written at once, and waits until it is, or has failed. It does not throw. */
  async flush(): Promise<void> {
    this.#accumulator.hurry();
    this.#sender.wake();
    try {
      await this.#ledger.finished();
    } finally {
      this.#accumulator.unhurry();
    }
  }

  /**
   * Takes no more, and writes what is there; what is not written after `deadlineMs` fails: with CLOSED, or with
   * OUTCOME_UNKNOWN where it may stand in the log. The database stays open. Idempotent.
   */
  async close(deadlineMs = CLOSE_DEADLINE_MS): Promise<void> {
    this.#closing ??= this.#close(deadlineMs);
    await this.#closing;
  }

  async #close(deadlineMs: number): Promise<void> {
    const end = performance.now() + deadlineMs;
    await settleWithin(this.flush(), deadlineMs);
    const limit = `the producer was closed, and ${deadlineMs} ms have passed`;
    const words = `not written: ${limit}`;
    this.#sender.stop(new PostamtError('CLOSED', words), limit);
    const left = Math.max(0, end - performance.now());
    await settleWithin(this.#appender.close(), left);
  }

  #openTopic(name: string): ProducerTopic {
    const open = this.#topics.get(name);
    if (open) return open;
    throw new PostamtError(
      'UNKNOWN_TOPIC_OR_PARTITION',
      `this producer was not opened with the topic ${JSON.stringify(name)}; it has ${[...this.#topics.keys()].join(', ') || 'none'}`,
    );
  }

  #assertOpen(): void {
    if (!this.#closing) return;
    throw new PostamtError(
      'CLOSED',
      'this producer was closed; open another one',
    );
  }
}

function isUnknown(topic: ProducerTopic, { partition }: ProducerRecord) {
  return partition !== undefined && !topic.hasPartition(partition);
}
