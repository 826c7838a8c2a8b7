import { performance } from 'node:perf_hooks';
import { PostamtError } from '#kernel';
import { Catalogue, type OffsetAt } from '#log';
import type { Database, WakeUpWatch } from '#postgres';
import { Assignment } from './assignment.js';
import {
  consumerSettings,
  type ConsumerOptions,
  type ConsumerSettings,
} from './consumer-options.js';
import {
  partitionKey,
  type OffsetForTime,
  type PartitionOffset,
  type AssignedPartition,
  type ConsumerRecord,
  type TopicPartition,
} from './consumer-record.js';
import { listPartitionOffsets } from './list-partition-offsets.js';
import { lookUpPositions } from './look-up-positions.js';
import type { PartitionTrack } from './partition-track.js';
import { PollLoop } from './poll-loop.js';
import { RecordReader } from './record-reader.js';

/**
 * Reads partitions that it is told to read, from where it is told to: Kafka's consumer without a group. Nothing is
 * committed; where it stands is its own until it is closed. While the user works on what {@link Consumer.poll} gave, the
 * next page is read ahead. To be used by one caller at a time, but for {@link Consumer.wakeup} and {@link Consumer.close}.
 *
 * @example
 * const consumer = new Consumer<string, IncidentChanged>(db, { autoOffsetReset: 'earliest' });
 * consumer.assign([{ topic: incidents, partition: 0 }, { topic: incidents, partition: 1 }]);
 * for (;;) for (const record of await consumer.poll(1_000)) console.log(record.offset, record.value);
 */
export class Consumer<Key = unknown, Value = unknown> {
  readonly #db: Database;
  readonly #catalogue: Catalogue;
  readonly #settings: ConsumerSettings;
  readonly #loop: PollLoop;
  readonly #reader: RecordReader;
  readonly #assignment: Assignment;
  /** Watches nothing: it keeps the listening connection between two fetches. */
  #watch: WakeUpWatch | undefined;
  #polling: Promise<unknown> | undefined;
  #closed = false;

  /** @throws PostamtError INVALID_CONFIG naming the option */
  constructor(db: Database, options: ConsumerOptions = {}) {
    this.#db = db;
    this.#settings = consumerSettings(options);
    this.#assignment = new Assignment(this.#settings.autoOffsetReset);
    this.#catalogue = new Catalogue(db);
    this.#reader = new RecordReader(db);
    this.#loop = new PollLoop({
      db,
      catalogue: this.#catalogue,
      settings: this.#settings,
      assignment: this.#assignment,
      reader: this.#reader,
    });
  }

  /**
   * Reads these partitions from now on and no others. One that was assigned before stays where it is; a new one begins
   * where `autoOffsetReset` says, unless it is set elsewhere before the next `poll`.
   */
  assign(partitions: readonly AssignedPartition[]): void {
    this.#assertOpen();
    for (const { topic } of partitions)
      if (typeof topic !== 'string') this.#reader.define(topic);
    this.#assignment.set(partitions);
  }

  /** The partitions that are read. */
  get assignment(): readonly { topic: string; partition: number }[] {
    return this.#assignment.tracks().map(placeOf);
  }

  /**
   * Goes on at an offset; whether the log has it turns out at the next `poll`.
   *
   * @throws PostamtError INVALID_VALUE for a negative offset; UNKNOWN_TOPIC_OR_PARTITION where it is not assigned
   */
  seek(partition: TopicPartition, offset: bigint): void {
    if (offset < 0n) {
      throw new PostamtError(
        'INVALID_VALUE',
        `${partitionKey(partition)} cannot be set to offset ${offset}: give 0 or more`,
      );
    }
    this.#open.track(partition).seek(offset);
  }

  /** Goes on at the start of the log of these partitions, or of all; it is looked up when it is needed. */
  seekToBeginning(partitions?: readonly TopicPartition[]): void {
    for (const track of this.#open.tracks(partitions)) track.seekTo('earliest');
  }

  /** Goes on behind the last record of these partitions, or of all; it is looked up when it is needed. */
  seekToEnd(partitions?: readonly TopicPartition[]): void {
    for (const track of this.#open.tracks(partitions)) track.seekTo('latest');
  }

  /** Goes on at the first record at or after a time, in milliseconds since 1970; behind the last one where none is. */
  seekToTimestamp(
    timestamp: number,
    partitions?: readonly TopicPartition[],
  ): void {
    for (const track of this.#open.tracks(partitions)) track.seekTo(timestamp);
  }

  /** The offset of the next record that `poll` gives of a partition, looked up where nothing has set it yet. */
  async position(partition: TopicPartition): Promise<bigint> {
    const track = this.#open.track(partition);
    await lookUpPositions(this.#db, this.#catalogue, [track]);
    const error = track.takeFailure();
    if (error) throw error;
    return track.position as bigint;
  }

  /** Leaves out these partitions, or all, until they are resumed. What was read ahead of them stays. */
  pause(partitions?: readonly TopicPartition[]): void {
    for (const track of this.#open.tracks(partitions)) track.isPaused = true;
  }

  resume(partitions?: readonly TopicPartition[]): void {
    for (const track of this.#open.tracks(partitions)) track.isPaused = false;
  }

  /** The partitions that are paused. */
  get paused(): readonly { topic: string; partition: number }[] {
    return this.#assignment
      .tracks()
      .filter(({ isPaused }) => isPaused)
      .map(placeOf);
  }

  /** Where partitions begin that can be read now; they need not be assigned. */
  async beginningOffsets(
    partitions: readonly TopicPartition[],
  ): Promise<PartitionOffset[]> {
    return this.#list(partitions.map((each) => ({ ...each, at: 'earliest' })));
  }

  /** Behind the last record that can be read now; they need not be assigned. */
  async endOffsets(
    partitions: readonly TopicPartition[],
  ): Promise<PartitionOffset[]> {
    return this.#list(partitions.map((each) => ({ ...each, at: 'latest' })));
  }

  /** The first record at or after a time of each partition; they need not be assigned. */
  async offsetsForTimes(
    partitions: readonly (TopicPartition & { readonly timestamp: number })[],
  ): Promise<OffsetForTime[]> {
    const listed = await this.#list(
      partitions.map((each) => ({ ...each, at: each.timestamp })),
    );
    return listed.map(({ offset, timestamp, ...place }) => ({
      ...place,
      offset: offset >= 0n ? offset : null,
      timestamp,
    }));
  }

  /**
   * The next records, of one partition or of several, as soon as there are any; none after `timeoutMs`, and where
   * {@link Consumer.wakeup} was called. With 0 it gives what has been read ahead, and sees to it that more is.
   *
   * What is wrong with one partition is thrown once, with topic, partition and offset; the position stays, the others go
   * on, and the partition is tried again after a growing wait.
   *
   * @throws PostamtError OFFSET_OUT_OF_RANGE and LOG_TRUNCATION where `autoOffsetReset` is `none`; CORRUPT_MESSAGE;
   * LOG_HOLE; UNKNOWN_TOPIC_OR_PARTITION; INVALID_RECORD, SCHEMA_MISMATCH and UNKNOWN_SCHEMA_ID for a record that cannot
   * be decoded (again at each poll, until it is sought past); POSTGRES_UNAVAILABLE where that lasted until `timeoutMs`;
   * NOT_SUPPORTED for a second poll at the same time; CLOSED
   */
  async poll(timeoutMs: number): Promise<ConsumerRecord<Key, Value>[]> {
    this.#assertOpen();
    if (this.#polling) {
      throw new PostamtError(
        'NOT_SUPPORTED',
        'this consumer is polled already; await one poll before the next, or open another consumer',
      );
    }
    this.#watch ??= this.#db.wakeUps.watch([]);
    const polling = this.#loop.poll(performance.now() + timeoutMs);
    this.#polling = polling.catch(() => {});
    try {
      return (await polling) as ConsumerRecord<Key, Value>[];
    } finally {
      this.#polling = undefined;
    }
  }

  /** Polls for ever, record by record. Where the loop ends, the position is behind the last record that it was given. */
  async *[Symbol.asyncIterator](): AsyncGenerator<ConsumerRecord<Key, Value>> {
    while (!this.#closed) {
      const records = await this.poll(this.#settings.fetchMaxWaitMs);
      let given = 0;
      try {
        for (const record of records) {
          given += 1;
          yield record;
        }
      } finally {
        this.#giveBack(records.slice(given));
      }
    }
  }

  /** Lets the poll that is under way, or else the next one, end at once without records. */
  wakeup(): void {
    this.#loop.wakeup();
  }

  /** Ends a poll that is under way, and what is read ahead. The database stays open. Idempotent. */
  async close(): Promise<void> {
    this.#closed = true;
    this.wakeup();
    await this.#polling;
    await this.#loop.stop();
    this.#watch?.close();
    this.#watch = undefined;
  }

  /** Records that nobody was given are read again. */
  #giveBack(records: readonly ConsumerRecord[]): void {
    for (const record of records.toReversed())
      this.#assignment.find(record)?.seek(record.offset);
  }

  async #list(
    requests: readonly (TopicPartition & { readonly at: OffsetAt })[],
  ) {
    this.#assertOpen();
    return listPartitionOffsets(this.#db, this.#catalogue, requests);
  }

  /** The assignment, for a call of the user's. */
  get #open(): Assignment {
    this.#assertOpen();
    return this.#assignment;
  }

  #assertOpen(): void {
    if (!this.#closed) return;
    throw new PostamtError(
      'CLOSED',
      'this consumer was closed; open another one',
    );
  }
}

function placeOf({ topic, partition }: PartitionTrack) {
  return { topic, partition };
}
