import { isPostamtError, sleep } from '#kernel';
import { Catalogue, fetch, type FetchedBatch } from '#log';
import type { Database } from '#postgres';
import { decodeRecordBatch, readBatchHeader } from '#records';
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
const PASSING = ['POSTGRES_UNAVAILABLE', 'TIMED_OUT', 'STALE_LEAF'] as const;

/** Follows all partitions of a topic by `fetch` and notes what it is given. */
export class LogReader {
  readonly #parts: LogReaderParts;
  readonly #catalogue: Catalogue;
  readonly #positions: bigint[];
  readonly #ends: (bigint | undefined)[];
  #reading: Promise<void> | undefined;
  #failure: unknown;
  #stopped = false;

  constructor(parts: LogReaderParts) {
    this.#parts = parts;
    this.#catalogue = new Catalogue(parts.db);
    this.#positions = Array.from({ length: parts.partitions }, () => 0n);
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
    const requests = this.#positions.map((offset, partition) => ({
      topic,
      partition,
      offset,
    }));
    const fetched = await fetch(db, this.#catalogue, requests);
    let got = 0;
    for (const { partition, batches, logEndOffset, error } of fetched) {
      if (error) throw error;
      for (const batch of batches) got += this.#take(partition, batch);
      this.#ends[partition] = logEndOffset;
    }
    return got;
  }

  #take(partition: number, { bytes, lastOffset }: FetchedBatch): number {
    const { partitionLeaderEpoch: leaderEpoch } = readBatchHeader(bytes);
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
    return records.length;
  }
}
