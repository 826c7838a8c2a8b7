import { isPostamtError, PostamtError } from '#kernel';
import type { FetchedBatch, FetchedPartition, OffsetAt } from '#log';
import { decodeRecordBatch, type LogRecord } from '#records';
import type { ResetByDuration } from '../progress/offset-reset.js';

/** A record with the leader epoch of its batch. */
export interface TrackedRecord extends LogRecord {
  readonly leaderEpoch: number;
}

/** By what a position is looked up, when it is wanted. */
export type PositionReset = OffsetAt | ResetByDuration;

/** One assigned partition of a consumer: where it stands, and what was read ahead. */
export class PartitionTrack {
  readonly topic: string;
  readonly partition: number;
  isPaused = false;
  /** Its number, where a group has given it; undefined where it goes by its name. */
  partitionId: number | undefined;
  /** Where to look the position up; undefined where it is known. */
  reset: PositionReset | undefined;
  /** Not to be fetched before, on the clock of `performance.now()`. */
  notBefore = 0;
  /** Failures in a row. */
  failures = 0;
  /** How often it was set elsewhere. */
  seeks = 0;
  /** The failure that was thrown already; it is not thrown again while it stays. */
  #reported: string | undefined;
  #failure: PostamtError | undefined;
  #position: bigint | undefined;
  #fetchOffset = 0n;
  #lastEpoch: number | undefined;
  #batches: FetchedBatch[] = [];
  #records: TrackedRecord[] = [];
  #head = 0;

  constructor(topic: string, partition: number) {
    this.topic = topic;
    this.partition = partition;
  }

  /** The offset of the next record for the user; undefined until it is looked up. */
  get position(): bigint | undefined {
    return this.#position;
  }

  /** The next offset to fetch: behind what was read ahead. */
  get fetchOffset(): bigint {
    return this.#fetchOffset;
  }

  /** The leader epoch of the last batch that was fetched since the position was set. */
  get lastFetchedEpoch(): number | undefined {
    return this.#lastEpoch;
  }

  /** Whether nothing is left that was read ahead. */
  get isEmpty(): boolean {
    return this.#head === this.#records.length && this.#batches.length === 0;
  }

  /** Goes on at an offset, and forgets what was read ahead. */
  seek(offset: bigint): void {
    this.#forget();
    this.reset = undefined;
    this.#position = offset;
    this.#fetchOffset = offset;
  }

  /** Goes on where a look-up will say. */
  seekTo(reset: PositionReset): void {
    this.#forget();
    this.reset = reset;
    this.#position = undefined;
  }

  /** Takes what was fetched. */
  fill(fetched: FetchedPartition): void {
    this.#recover();
    this.#batches.push(...fetched.batches);
    this.#fetchOffset = fetched.nextOffset;
    this.#lastEpoch = fetched.batches.at(-1)?.leaderEpoch ?? this.#lastEpoch;
    if (this.isEmpty) this.#position = fetched.nextOffset;
  }

  /**
   * The next records, at most `most`; they stay until {@link PartitionTrack.advance}.
   *
   * @throws PostamtError where the next batch cannot be decoded; with topic, partition and offset
   */
  peek(most: number): readonly TrackedRecord[] {
    this.#drop();
    while (this.#records.length < most && this.#batches.length > 0)
      if (!this.#decodeNext()) break;
    return this.#records.slice(0, most);
  }

  /** The first `count` of the records are the user's now. */
  advance(count: number): void {
    this.#head += count;
    this.#settle();
  }

  /** Notes a failure; true where `poll` has not thrown it yet. */
  fail(error: PostamtError, retryAt: number): boolean {
    this.failures += 1;
    this.notBefore = retryAt;
    const sign = `${error.code} ${this.#fetchOffset}`;
    if (this.#reported === sign) return false;
    this.#reported = sign;
    this.#failure = error;
    return true;
  }

  /** What `poll` has to throw, once. */
  takeFailure(): PostamtError | undefined {
    const failure = this.#failure;
    this.#failure = undefined;
    return failure;
  }

  #recover(): void {
    this.failures = 0;
    this.notBefore = 0;
    this.#reported = undefined;
  }

  #forget(): void {
    this.#recover();
    this.seeks += 1;
    this.#failure = undefined;
    this.#lastEpoch = undefined;
    this.#batches = [];
    this.#records = [];
    this.#head = 0;
  }

  #drop(): void {
    if (this.#head === 0) return;
    this.#records = this.#records.slice(this.#head);
    this.#head = 0;
  }

  /** The position is the next record's, or where the next batch begins, or behind everything. */
  #settle(): void {
    const next = this.#records[this.#head]?.offset;
    const position = next ?? this.#batches[0]?.baseOffset ?? this.#fetchOffset;
    if (position > (this.#position ?? 0n)) this.#position = position;
  }

  /** False where it cannot be decoded and there are records to be given before that. */
  #decodeNext(): boolean {
    const { bytes, leaderEpoch, baseOffset } = this.#batches[0] as FetchedBatch;
    const from = this.#position ?? 0n;
    try {
      // The log checked the CRC when it read the batch.
      const { header, records } = decodeRecordBatch(bytes, { checkCrc: false });
      if (!header.isControl)
        for (const record of records)
          if (record.offset >= from)
            this.#records.push({ ...record, leaderEpoch });
    } catch (error) {
      if (!isPostamtError(error)) throw error;
      if (this.#records.length > 0) return false;
      throw new PostamtError(
        error.code,
        `the batch at ${this.topic}-${this.partition}@${baseOffset} cannot be decoded: ${error.message}`,
        { cause: error },
      );
    }
    this.#batches.shift();
    this.#settle();
    return true;
  }
}
