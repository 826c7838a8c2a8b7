import { isPostamtError, PostamtError } from '#kernel';
import type { Database } from '#postgres';
import type { TopicDefinition } from '#schemas';
import { RecordDecoder } from '../listener/record-decoder.js';
import type { ConsumerRecord, PartitionPlace } from './consumer-record.js';
import type { PartitionTrack, TrackedRecord } from './partition-track.js';

/** Makes records of a consumer's partitions what the user is given: decoded where the topic's definition is known. */
export class RecordReader {
  readonly #db: Database;
  readonly #decoders = new Map<string, RecordDecoder<unknown, unknown>>();
  /** The last record that was taken of a partition. */
  readonly #last = new WeakMap<PartitionTrack, ConsumerRecord>();

  constructor(db: Database) {
    this.#db = db;
  }

  /** From now on records of that topic come decoded. */
  define(topic: TopicDefinition): void {
    this.#decoders.set(topic.name, new RecordDecoder(this.#db, topic));
  }

  /**
   * At most `most` records of a partition, which are the user's then: the position is behind them.
   *
   * @throws PostamtError naming the offset, where the first of them cannot be decoded; the position stays
   */
  async take(track: PartitionTrack, most: number): Promise<ConsumerRecord[]> {
    const taken: ConsumerRecord[] = [];
    const position = track.position;
    let failure: unknown;
    for (const record of track.peek(most)) {
      try {
        taken.push(await this.read(track, record));
      } catch (error) {
        failure = error;
        break;
      }
    }
    if (failure !== undefined && taken.length === 0) throw failure;
    // Set elsewhere meanwhile: what was read belongs to nobody.
    if (track.position !== position) return [];
    track.advance(taken.length);
    const last = taken.at(-1);
    if (last) this.#last.set(track, last);
    return taken;
  }

  /** The leader epoch of the record before the position, where that was the last one that was taken. */
  leaderEpochBefore(track: PartitionTrack): number | undefined {
    const last = this.#last.get(track);
    if (!last || track.position !== last.offset + 1n) return undefined;
    return last.leaderEpoch;
  }

  /** A record of a partition as the user is given it. @throws PostamtError naming the offset where it cannot be decoded */
  async read(
    { topic, partition }: PartitionPlace,
    record: TrackedRecord,
  ): Promise<ConsumerRecord> {
    const { offset, timestamp, headers, leaderEpoch } = record;
    const place = {
      topic,
      partition,
      offset,
      timestamp,
      headers,
      leaderEpoch,
    };
    const decoder = this.#decoders.get(topic);
    if (!decoder) return { ...place, key: record.key, value: record.value };
    try {
      const key = decoder.key(record);
      return { ...place, key, value: await decoder.value(record) };
    } catch (error) {
      if (!isPostamtError(error)) throw error;
      throw new PostamtError(
        error.code,
        `the record at ${topic}-${partition}@${offset} cannot be read: ${error.message}; seek past it to go on`,
        { cause: error },
      );
    }
  }
}
