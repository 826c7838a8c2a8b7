import type { PostamtError } from '#kernel';
import type { SinkBatch, SinkEvent } from '#outbox';
import { RecordBatchBuilder, type RecordBatchOptions } from '#records';
import type { PlacedEvents } from './place-events.js';
import type { Refusals } from './refusals.js';

/** The events of one partition on their way: batch after batch, each once the one before it has been answered. */
export class PartitionQueue {
  readonly topic: string;
  readonly topicNumber: number;
  readonly partition: number;
  /** The events that it was made with. */
  readonly ids: readonly bigint[];
  /** What stands in the partition. */
  readonly accepted: SinkBatch[] = [];
  readonly #refusals: Refusals;
  #waiting: readonly SinkEvent[];
  #sent: readonly SinkEvent[] = [];
  #mostRecords = Infinity;

  constructor(placed: PlacedEvents, refusals: Refusals) {
    this.topic = placed.topic;
    this.topicNumber = placed.topicNumber;
    this.partition = placed.partition;
    this.ids = placed.events.map(({ id }) => id);
    this.#refusals = refusals;
    this.#waiting = placed.events;
  }

  /** The next batch, as bytes; undefined where nothing is left. The same one until it is answered. */
  next(maxBytes: number, options: RecordBatchOptions): Buffer | undefined {
    this.#waiting = this.#waiting.filter((e) => !this.#refusals.takes(e));
    if (this.#waiting.length === 0) return undefined;
    const builder = new RecordBatchBuilder({ ...options, maxBytes });
    for (const event of this.#waiting) {
      if (builder.recordCount >= this.#mostRecords) break;
      if (!builder.append(event)) break;
    }
    this.#sent = this.#waiting.slice(0, builder.recordCount);
    return builder.build();
  }

  /** The last batch stands in the partition. Returns how many records it had. */
  accept(baseOffset: bigint | null): number {
    const { topicNumber, partition } = this;
    const ids = this.#sent.map((event) => event.id);
    this.accepted.push({ topicNumber, partition, baseOffset, ids });
    this.#waiting = this.#waiting.slice(ids.length);
    this.#mostRecords *= 2;
    return ids.length;
  }

  /**
   * Nothing of the last batch was taken. Where the broker says which records are at fault, or there is only one, they
   * are refused; else the batch is tried again in halves.
   */
  reject(error: PostamtError, atFault: readonly number[]): void {
    const named = this.#sent.filter((_, index) => atFault.includes(index));
    const culprits = this.#sent.length === 1 ? this.#sent : named;
    if (culprits.length > 0) {
      for (const event of culprits) this.#refusals.refuse(event, error);
    } else this.#mostRecords = Math.floor(this.#sent.length / 2);
  }

  /** Rejects what waits where the topic is one of those. */
  rejectWhere(topics: ReadonlyMap<string, PostamtError>): void {
    const error = topics.get(this.topic);
    if (error) this.rejectAll(error);
  }

  /** Nothing that waits will be taken. */
  rejectAll(error: PostamtError): void {
    for (const event of this.#waiting) this.#refusals.refuse(event, error);
  }
}
