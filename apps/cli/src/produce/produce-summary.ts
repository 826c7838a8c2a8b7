import type { RecordMetadata } from '#client';
import { formatTable } from '../table.js';

/** What was written to one partition. */
interface PartitionSummary {
  readonly partition: number;
  readonly records: number;
  readonly lastOffset: bigint;
}

/** Counts what is written to a topic. */
export class ProduceSummary {
  readonly #topic: string;
  readonly #partitions = new Map<number, PartitionSummary>();
  #records = 0;

  constructor(topic: string) {
    this.#topic = topic;
  }

  add(metadata: readonly RecordMetadata[]): void {
    this.#records += metadata.length;
    for (const { partition, offset: lastOffset } of metadata) {
      const records = (this.#partitions.get(partition)?.records ?? 0) + 1;
      this.#partitions.set(partition, { partition, records, lastOffset });
    }
  }

  /** For programs: offsets are strings. */
  get json(): string {
    return JSON.stringify({
      topic: this.#topic,
      records: this.#records,
      partitions: this.#ordered().map(({ lastOffset, ...counts }) => ({
        ...counts,
        lastOffset: String(lastOffset),
      })),
    });
  }

  /** For people. */
  get text(): string {
    const records =
      this.#records === 1 ? '1 record' : `${this.#records} records`;
    const head = `produced ${records} to ${this.#topic}`;
    if (this.#records === 0) return head;
    const table = formatTable(
      ['partition', 'records', 'last offset'],
      this.#ordered().map((each) => [
        each.partition,
        each.records,
        each.lastOffset,
      ]),
    );
    return `${head}\n\n${table}`;
  }

  #ordered(): PartitionSummary[] {
    return [...this.#partitions.values()].sort(
      (a, b) => a.partition - b.partition,
    );
  }
}
