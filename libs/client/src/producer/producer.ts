import { randomInt } from 'node:crypto';
import { PostamtError } from '#kernel';
import { append, Catalogue, type Appended } from '#log';
import type { Database } from '#postgres';
import { encodeRecordBatch } from '#records';
import { openTopic, type OpenTopic, type TopicDefinition } from '#schemas';
import { choosePartition } from './choose-partition.js';
import { encodeRecords, type EncodedRecord } from './encode-records.js';
import type { ProducerRecord, RecordMetadata } from './producer-record.js';

const MOST_STICKY = 2 ** 31;

/**
 * Writes records straight into their topics, in transactions of its own: for what has no business transaction beside it
 * (an import, a sensor, a command line). **Records that belong to a transaction of yours go through the outbox**
 * (`Outbox.publish`), never through a producer: a `send` is not undone with your transaction.
 *
 * Each call of {@link send} is one transaction with one record batch per partition, flushed when it resolves (`acks=1`).
 * Calls that are not awaited one after the other may be written in any order.
 *
 * @example
 * const producer = await Producer.open(db, [readings]);
 * const [first] = await producer.send(readings, { key: 'sensor-7', value: { celsius: 21.5 } });
 * console.log(first.partition, first.offset);
 * await producer.close();
 */
export class Producer {
  readonly #db: Database;
  readonly #catalogue: Catalogue;
  readonly #topics: ReadonlyMap<string, OpenTopic>;
  readonly #underWay = new Set<Promise<unknown>>();
  #sticky = randomInt(MOST_STICKY);
  #closed = false;

  private constructor(
    db: Database,
    catalogue: Catalogue,
    topics: readonly OpenTopic[],
  ) {
    this.#db = db;
    this.#catalogue = catalogue;
    this.#topics = new Map(topics.map((open) => [open.definition.name, open]));
  }

  /** Creates the topics that do not exist, registers their schemas, and resolves to a producer that can write to them. */
  static async open(
    db: Database,
    topics: readonly TopicDefinition[],
  ): Promise<Producer> {
    const catalogue = new Catalogue(db);
    const opened: OpenTopic[] = [];
    for (const topic of topics) {
      opened.push(await openTopic(db, topic));
      await catalogue.topic(topic.name);
    }
    return new Producer(db, catalogue, opened);
  }

  /**
   * Writes one record, or several: all of them stand in the log when it resolves, those of a partition one behind the
   * other in the order of the call, or none does. A record goes to the partition that it names, or else to its key's
   * (murmur2, as Kafka's default partitioner); those without a key go to one partition a call, another one each time.
   *
   * @returns where each record stands, in the order of the call
   * @throws PostamtError, before anything is written: SCHEMA_MISMATCH with topic, field path, value and expected type;
   * INVALID_VALUE for a key, a header or a timestamp; MESSAGE_TOO_LARGE where the records of one partition make a batch
   * of more than the topic's `max.message.bytes`; UNKNOWN_TOPIC_OR_PARTITION for a topic that this producer was not
   * opened with, or a partition that the topic does not have; CLOSED; POSTGRES_UNAVAILABLE. OUTCOME_UNKNOWN where nobody
   * can say whether the records were written.
   */
  async send<Key, Value, Input>(
    topic: TopicDefinition<Key, Value, Input>,
    records: ProducerRecord<Key, Input> | readonly ProducerRecord<Key, Input>[],
  ): Promise<RecordMetadata[]> {
    this.#assertOpen();
    const list = (
      Array.isArray(records) ? records : [records]
    ) as readonly ProducerRecord[];
    const encoded = encodeRecords(this.#openTopic(topic.name), list);
    if (encoded.length === 0) return [];
    const writing = this.#write(topic.name, encoded);
    this.#underWay.add(writing);
    try {
      return await writing;
    } finally {
      this.#underWay.delete(writing);
    }
  }

  /** Waits for the calls that are under way and takes no more. The database stays open. Idempotent. */
  async close(): Promise<void> {
    this.#closed = true;
    await Promise.allSettled(this.#underWay);
  }

  async #write(
    topic: string,
    records: readonly EncodedRecord[],
  ): Promise<RecordMetadata[]> {
    const { partitions } = await this.#catalogue.topic(topic);
    const sticky = this.#nextSticky();
    const placed = records.map((record) => ({
      ...record,
      partition: choosePartition(record, partitions.length, sticky),
    }));
    const batches = Map.groupBy(placed, ({ partition }) => partition);
    const requests = [...batches].map(([partition, batch]) => ({
      topic,
      partition,
      batch: encodeRecordBatch(batch),
    }));
    const appended = await append(this.#db, this.#catalogue, requests);
    return metadataOf(topic, placed, appended);
  }

  #nextSticky(): number {
    this.#sticky = (this.#sticky + 1) % MOST_STICKY;
    return this.#sticky;
  }

  #openTopic(name: string): OpenTopic {
    const open = this.#topics.get(name);
    if (open) return open;
    throw new PostamtError(
      'UNKNOWN_TOPIC_OR_PARTITION',
      `this producer was not opened with the topic ${JSON.stringify(name)}; it has ${[...this.#topics.keys()].join(', ') || 'none'}`,
    );
  }

  #assertOpen(): void {
    if (!this.#closed) return;
    throw new PostamtError(
      'CLOSED',
      'this producer was closed; open another one',
    );
  }
}

/** Where each record stands: within a partition, offsets follow the order of the call from the batch's base offset on. */
function metadataOf(
  topic: string,
  records: readonly {
    readonly partition: number;
    readonly timestamp: number;
  }[],
  appended: readonly Appended[],
): RecordMetadata[] {
  const next = new Map(
    appended.map(({ partition, baseOffset }) => [partition, baseOffset]),
  );
  return records.map(({ partition, timestamp }) => {
    const offset = next.get(partition) as bigint;
    next.set(partition, offset + 1n);
    return { topic, partition, offset, timestamp };
  });
}
