import { isPostamtError, PostamtError } from '#kernel';
import type { FetchedBatch, FetchedPartition } from '#log';
import { decodeRecordBatch, type LogRecord } from '#records';

/** A batch whose records were taken out. */
interface OpenedBatch {
  readonly lastOffset: bigint;
  readonly leaderEpoch: number;
  readonly size: number;
}

/** What was read ahead of one partition, from an offset on: batches, decoded one by one when their records are wanted. */
export class ReadAhead {
  /** Whether the log may have something behind it. */
  mayHaveMore = true;
  readonly #place: string;
  /** The offset that it began at; a batch may begin before it. */
  readonly #start: bigint;
  #position: bigint;
  #lastEpoch: number | undefined;
  #batches: FetchedBatch[] = [];
  #opened: OpenedBatch[] = [];
  #records: LogRecord[] = [];
  #head = 0;
  #bytes = 0;

  /**
   * @param place names the partition in messages
   * @param leaderEpoch that of the record before `start`, where it is known
   */
  constructor(place: string, start: bigint, leaderEpoch?: number) {
    this.#place = place;
    this.#start = start;
    this.#position = start;
    this.#lastEpoch = leaderEpoch;
  }

  /** The next offset to read from the log. */
  get position(): bigint {
    return this.#position;
  }

  /** The leader epoch of the last batch before {@link ReadAhead.position}; undefined where none is known. */
  get lastFetchedEpoch(): number | undefined {
    return this.#lastEpoch;
  }

  /** About how many bytes are held. */
  get bytes(): number {
    return this.#bytes;
  }

  get isEmpty(): boolean {
    return this.#head === this.#records.length && this.#batches.length === 0;
  }

  /** Takes what was fetched from {@link ReadAhead.position} on. */
  fill({ batches, nextOffset }: FetchedPartition): void {
    for (const batch of batches) {
      this.#batches.push(batch);
      this.#bytes += batch.bytes.length;
      this.#lastEpoch = batch.leaderEpoch;
    }
    this.#position = nextOffset;
  }

  /**
   * The next records, at most `most`; they stay until {@link ReadAhead.advance}.
   *
   * @throws PostamtError where the next batch cannot be decoded
   */
  peek(most: number): readonly LogRecord[] {
    while (this.#records.length - this.#head < most && this.#batches.length > 0)
      if (!this.#openNext()) break;
    const next = this.#records.slice(this.#head, this.#head + most);
    if (next.length === 0) this.advance(0);
    return next;
  }

  /** The offset behind the next `count` records: the next one's, or where the log is to be read on. */
  offsetAfter(count: number): bigint {
    const next = this.#records[this.#head + count];
    return next?.offset ?? this.#batches[0]?.baseOffset ?? this.#position;
  }

  /** The leader epoch of the last of the next `count` records. */
  leaderEpochAt(count: number): number | undefined {
    const last = this.#records[this.#head + count - 1];
    if (!last) return undefined;
    const batch = this.#opened.find((each) => each.lastOffset >= last.offset);
    return batch?.leaderEpoch;
  }

  /** The next `count` records are through. */
  advance(count: number): void {
    this.#head += count;
    const next = this.#records[this.#head]?.offset;
    while (this.#opened[0]) {
      const [{ lastOffset, size }] = this.#opened as [OpenedBatch];
      if (next !== undefined && lastOffset >= next) break;
      this.#opened.shift();
      this.#bytes -= size;
    }
    if (next !== undefined) return;
    this.#records = [];
    this.#head = 0;
  }

  /** False where it cannot be decoded and there are records to be handled before it. */
  #openNext(): boolean {
    const batch = this.#batches[0] as FetchedBatch;
    const records = this.#decode(batch);
    if (!records) return false;
    this.#batches.shift();
    const { lastOffset, leaderEpoch, bytes } = batch;
    this.#opened.push({ lastOffset, leaderEpoch, size: bytes.length });
    const left = this.#records.slice(this.#head);
    this.#records = left.length > 0 ? left.concat(records) : records;
    this.#head = 0;
    return true;
  }

  #decode({ bytes, baseOffset }: FetchedBatch): LogRecord[] | undefined {
    try {
      // The log checked the CRC when it read the batch.
      const { header, records } = decodeRecordBatch(bytes, { checkCrc: false });
      if (header.isControl) return [];
      if (baseOffset >= this.#start) return records;
      return records.filter(({ offset }) => offset >= this.#start);
    } catch (error) {
      if (!isPostamtError(error)) throw error;
      if (this.#head < this.#records.length) return undefined;
      throw new PostamtError(
        error.code,
        `the batch at ${this.#place}@${baseOffset} cannot be decoded: ${error.message}`,
        { cause: error },
      );
    }
  }
}
