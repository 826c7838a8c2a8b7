import { Catalogue, fetch, partitionWakeUp } from '#log';
import type { Database } from '#postgres';
import { decodeRecordBatch, type LogRecord } from '#records';
import type { Reading } from './start-offset.js';

/** A record with the index of its partition. */
export interface ReadRecord extends LogRecord {
  readonly partition: number;
}

/** How much one fetch brings, over all partitions. */
const FETCH_BYTES = 4 * 1024 * 1024;
/** How often is looked without a wake-up. */
const POLL_MS = 30_000;

/** Reads partitions of one topic, page by page; the order within each is that of its offsets. */
export class TopicReader {
  readonly #db: Database;
  readonly #catalogue: Catalogue;
  readonly #topic: string;
  readonly #readings: readonly Reading[];
  /** The next offset to read of each partition, by its index. */
  readonly #positions: Map<number, bigint>;

  constructor(db: Database, topic: string, readings: readonly Reading[]) {
    this.#db = db;
    this.#catalogue = new Catalogue(db);
    this.#topic = topic;
    this.#readings = readings;
    this.#positions = new Map(
      readings.map(({ partition, offset }) => [partition.index, offset]),
    );
  }

  /** What stood in the partitions when they were described. */
  async *untilEnd(): AsyncGenerator<ReadRecord> {
    let before: bigint | undefined;
    while (before !== this.#total()) {
      before = this.#total();
      yield* this.#page(
        this.#readings
          .map(({ partition }) => ({
            partition: partition.index,
            upTo: partition.logEndOffset,
          }))
          .filter((wanted) => this.#position(wanted.partition) < wanted.upTo),
      );
    }
  }

  /** What stands in the partitions, and what comes until `signal` aborts. */
  async *follow(signal: AbortSignal): AsyncGenerator<ReadRecord> {
    const wanted = this.#readings.map(({ partition }) => ({
      partition: partition.index,
    }));
    const watch = this.#db.wakeUps.watch(
      this.#readings.map(({ partition }) => partitionWakeUp(partition.id)),
    );
    try {
      while (!signal.aborted) {
        watch.take();
        const before = this.#total();
        yield* this.#page(wanted);
        if (before === this.#total()) await watch.wait(POLL_MS, signal);
      }
    } finally {
      watch.close();
    }
  }

  async *#page(
    wanted: readonly { partition: number; upTo?: bigint }[],
  ): AsyncGenerator<ReadRecord> {
    const maxBytes = Math.ceil(FETCH_BYTES / Math.max(wanted.length, 1));
    const requests = wanted.map((each) => ({
      ...each,
      topic: this.#topic,
      maxBytes,
      offset: this.#position(each.partition),
    }));
    const fetched = await fetch(this.#db, this.#catalogue, requests);
    for (const { partition, batches, nextOffset, error } of fetched) {
      if (error) throw error;
      for (const { bytes, lastOffset } of batches) {
        // The log checked the CRC when it read the batch.
        const { header, records } = decodeRecordBatch(bytes, {
          checkCrc: false,
        });
        const from = this.#position(partition);
        this.#positions.set(partition, lastOffset + 1n);
        if (header.isControl) continue;
        for (const record of records)
          if (record.offset >= from) yield { ...record, partition };
      }
      this.#positions.set(partition, nextOffset);
    }
  }

  #position(partition: number): bigint {
    return this.#positions.get(partition) ?? 0n;
  }

  /** Rises with each record that was read. */
  #total(): bigint {
    return [...this.#positions.values()].reduce((sum, next) => sum + next, 0n);
  }
}
