import { PostamtError } from '#kernel';
import type { Catalogue, OffsetAt } from '#log';
import type { Database } from '#postgres';
import type { Assignment } from './assignment.js';
import {
  partitionKey,
  placeOf,
  type OffsetForTime,
  type PartitionOffset,
  type PartitionPlace,
  type TopicPartition,
} from './consumer-record.js';
import type { ConsumerState } from './consumer-state.js';
import { listPartitionOffsets } from './list-partition-offsets.js';
import type { StartPositions } from './start-positions.js';

/** What positions are set and looked up with. */
export interface PositionParts {
  readonly db: Database;
  readonly catalogue: Catalogue;
  readonly assignment: Assignment;
  readonly starts: StartPositions;
  readonly state: ConsumerState;
}

/** Where a consumer stands in its partitions, and where the log begins and ends. */
export abstract class ConsumerPositions {
  readonly #parts: PositionParts;

  protected constructor(parts: PositionParts) {
    this.#parts = parts;
  }

  /** The partitions that are read. */
  get assignment(): readonly PartitionPlace[] {
    return this.#parts.assignment.tracks().map(placeOf);
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
    await this.#parts.starts.lookUp([track]);
    const error = track.takeFailure();
    if (error) throw error;
    return track.position as bigint;
  }

  /** How many offsets are between the position and the end of the log, which is looked up. */
  async currentLag(partition: TopicPartition): Promise<bigint> {
    const position = await this.position(partition);
    const [end] = await this.endOffsets([partition]);
    const lag = (end?.offset ?? 0n) - position;
    return lag > 0n ? lag : 0n;
  }

  /** Leaves out these partitions, or all, until they are resumed. What was read ahead of them stays. */
  pause(partitions?: readonly TopicPartition[]): void {
    for (const track of this.#open.tracks(partitions)) track.isPaused = true;
  }

  resume(partitions?: readonly TopicPartition[]): void {
    for (const track of this.#open.tracks(partitions)) track.isPaused = false;
  }

  /** The partitions that are paused. */
  get paused(): readonly PartitionPlace[] {
    return this.#parts.assignment
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

  async #list(
    requests: readonly (TopicPartition & { readonly at: OffsetAt })[],
  ) {
    const { db, catalogue, state } = this.#parts;
    state.assertOpen();
    return listPartitionOffsets(db, catalogue, requests);
  }

  /** The assignment, for a call of the user's. */
  get #open(): Assignment {
    this.#parts.state.assertOpen();
    return this.#parts.assignment;
  }
}
