import { randomUUID } from 'node:crypto';
import { createTopic, type Topic } from '#log';
import type { Database } from '#postgres';
import { decodeRecordBatch } from '#records';
import type { LogEvent, LogHistory, SendAcks, StoredValue } from '#testing';
import type { Appender } from '../appender.js';
import { RecordingProducer } from '../recording-producer.js';
import type { Slot } from './sketch.js';

/** A topic of one partition for an engine with a mistake in it, and the book of what happens. */
export class BrokenScene {
  /** Where the leaf is written and read in the end. */
  db: Database;
  readonly topic: Topic;
  readonly events: LogEvent[] = [];
  /** The log of a server that is gone by the time it is judged. */
  finalLog: readonly StoredValue[] | undefined;

  private constructor(db: Database, topic: Topic) {
    this.db = db;
    this.topic = topic;
  }

  static async open(db: Database): Promise<BrokenScene> {
    const topic = await createTopic(db, { name: `t-${randomUUID()}` });
    return new BrokenScene(db, topic);
  }

  get slot(): Slot {
    return { db: this.db, topic: this.topic, partition: 0 };
  }

  /** Takes the key away, which would refuse a second batch at an offset. */
  async takeFenceAway(): Promise<void> {
    const { leaf } = this.topic;
    await this.db.query(
      `alter table ${this.db.schema}.${leaf} drop constraint ${leaf}_pkey`,
    );
  }

  producer(
    send: (values: readonly string[]) => Promise<readonly bigint[] | null>,
    acks: SendAcks = 1,
  ): RecordingProducer {
    const appender: Appender = {
      inFlight: 1,
      send: (_partition, values) => send(values),
      close: async () => {},
    };
    const note = (event: LogEvent) => this.events.push(event);
    return new RecordingProducer({ name: 'p', appender, acks, note });
  }

  /** A reader that is given what stands from this offset on. */
  async read(reader: string, from: bigint): Promise<bigint> {
    const log = await this.#stored();
    const given = log.filter(({ offset }) => offset >= from);
    for (const { partition, offset, value } of given)
      this.events.push({
        kind: 'poll',
        reader,
        partition,
        offset,
        value,
        leaderEpoch: 0,
      });
    return from + BigInt(given.length);
  }

  async history(): Promise<LogHistory> {
    const log = this.finalLog ?? (await this.#stored());
    return { events: this.events, log };
  }

  /** Every row, by the offsets that its columns say: a fetch would refuse what is broken. */
  async #stored(): Promise<StoredValue[]> {
    const { rows } = await this.db.query(
      `select base_offset, batch from ${this.db.schema}.${this.topic.leaf} order by base_offset`,
    );
    return rows.flatMap(({ base_offset, batch }) =>
      decodeRecordBatch(batch as Buffer).records.map(({ value }, n) => ({
        partition: 0,
        offset: BigInt(base_offset as string) + BigInt(n),
        value: String(value),
      })),
    );
  }
}
