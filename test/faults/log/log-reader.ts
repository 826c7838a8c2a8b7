import { isPostamtError, sleep } from '#kernel';
import {
  Catalogue,
  fetch,
  type FetchedBatch,
  type FetchedPartition,
} from '#log';
import type { Database } from '#postgres';
import { decodeRecordBatch } from '#records';
import { waitFor, type LogEvent } from '#testing';

/** What reads, and who is told of it. */
export interface LogReaderParts {
  readonly name: string;
  readonly db: Database;
  readonly topic: string;
  readonly partitions: number;
  readonly note: (event: LogEvent) => void;
}

const IDLE_MS = 10;
const BACK_OFF_MS = 50;
/** A fetch that failed thus may be made again. */
const PASSING = [
  'POSTGRES_UNAVAILABLE',
  'TIMED_OUT',
  'STALE_LEAF',
  'UNKNOWN_LEADER_EPOCH',
  // A promoted server before the first append to it: it lacks what was read, and its epochs do not say so yet.
  'OFFSET_OUT_OF_RANGE',
] as const;

/** Follows all partitions of a topic by `fetch` and notes what it is given. */
export class LogReader {
  readonly #parts: LogReaderParts;
  readonly #catalogue: Catalogue;
  readonly #positions: bigint[];
  /** Of the last batch read: what the log is asked by whether it still has it. */
  readonly #epochs: (number | undefined)[];
  readonly #ends: (bigint | undefined)[];
  #reading: Promise<void> | undefined;
  #failure: unknown;
  #stopped = false;

  constructor(parts: LogReaderParts) {
    this.#parts = parts;
    this.#catalogue = new Catalogue(parts.db);
    this.#positions = Array.from({ length: parts.partitions }, () => 0n);
    this.#epochs = this.#positions.map(() => undefined);
    this.#ends = this.#positions.map(() => undefined);
  }

  start(): void {
    this.#reading = this.#read().catch((error: unknown) => {
      this.#failure = error;
    });
  }

  /** How many records it has gone past. */
  get count(): number {
    return this.#positions.reduce((sum, position) => sum + Number(position), 0);
  }

  /** Reads all that is there by now, notes where each partition ends, and stops. */
  async finish(): Promise<void> {
    this.#ends.fill(undefined);
    try {
      await waitFor(
        `${this.#parts.name} to read to the end`,
        () => this.#failure !== undefined || this.#hasReadAll(),
        { timeoutMs: 60_000 },
      );
    } finally {
      await this.stop();
    }
    if (this.#failure !== undefined) throw this.#failure;
    this.#ends.forEach((offset = 0n, partition) =>
      this.#parts.note({
        kind: 'end',
        reader: this.#parts.name,
        partition,
        offset,
      }),
    );
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    await this.#reading;
  }

  #hasReadAll(): boolean {
    return this.#ends.every(
      (end, partition) =>
        end !== undefined && this.#positions[partition] === end,
    );
  }

  async #read(): Promise<void> {
    while (!this.#stopped) {
      try {
        const got = await this.#fetchAll();
        if (got === 0) await sleep(IDLE_MS);
      } catch (error) {
        if (!PASSING.some((code) => isPostamtError(error, code))) throw error;
        await sleep(BACK_OFF_MS);
      }
    }
  }

  async #fetchAll(): Promise<number> {
    const { db, topic } = this.#parts;
    const requests = this.#positions.map((offset, partition) => {
      const lastFetchedEpoch = this.#epochs[partition];
      return {
        topic,
        partition,
        offset,
        ...(lastFetchedEpoch === undefined ? {} : { lastFetchedEpoch }),
      };
    });
    let got = 0;
    for (const fetched of await fetch(db, this.#catalogue, requests))
      got += this.#takeAll(fetched);
    return got;
  }

  #takeAll(fetched: FetchedPartition): number {
    const { partition, batches, logEndOffset, error } = fetched;
    if (isPostamtError(error, 'LOG_TRUNCATION')) {
      this.#goBack(partition, fetched.divergingOffset as bigint);
      return 0;
    }
    if (error) throw error;
    let got = 0;
    for (const batch of batches) got += this.#take(partition, batch);
    this.#ends[partition] = logEndOffset;
    return got;
  }

  /** It was told that what it read from `offset` on is lost. */
  #goBack(partition: number, offset: bigint): void {
    const { note, name: reader } = this.#parts;
    note({ kind: 'truncated', reader, partition, offset });
    this.#positions[partition] = offset;
    // What stands before that is of an epoch that both have.
    this.#epochs[partition] = undefined;
  }

  #take(partition: number, batch: FetchedBatch): number {
    const { bytes, lastOffset, leaderEpoch } = batch;
    const { note, name: reader } = this.#parts;
    const from = this.#positions[partition] ?? 0n;
    const records = decodeRecordBatch(bytes).records.filter(
      ({ offset }) => offset >= from,
    );
    for (const { offset, value } of records)
      note({
        kind: 'poll',
        reader,
        partition,
        offset,
        value: String(value),
        leaderEpoch,
      });
    this.#positions[partition] = lastOffset + 1n;
    this.#epochs[partition] = leaderEpoch;
    return records.length;
  }
}
