import type { ProducerIdentity } from '#log';
import type { Compression } from '#records';
import type { EncodedRecord } from './encoded-record.js';
import { type BatchQueue, PendingBatch } from './pending-batch.js';
import type { SendCall } from './send-call.js';
import { sequenceAfter } from './sequence.js';

/** Of what its batches are made. */
export interface QueueSettings {
  readonly batchSize: number;
  readonly compression: Compression;
  readonly maxMessageBytes: number;
}

const GREATEST_EPOCH = 2 ** 15 - 1;

/**
 * What waits for one partition, in order: the first batch is out or will be the next, the last one grows. Sequences are
 * given when a batch goes out and count on when it has come in, so that a batch which failed leaves no gap.
 */
export class PartitionQueue implements BatchQueue {
  readonly topic: string;
  readonly partition: number;
  readonly #settings: QueueSettings;
  readonly #batches: PendingBatch[] = [];
  #identity: ProducerIdentity | undefined;
  #nextSequence = 0;

  constructor(topic: string, partition: number, settings: QueueSettings) {
    this.topic = topic;
    this.partition = partition;
    this.#settings = settings;
  }

  /** How Kafka names it in messages. */
  get name(): string {
    return `${this.topic}-${this.partition}`;
  }

  /** The batch that is out, or goes out next. */
  get head(): PendingBatch | undefined {
    return this.#batches[0];
  }

  get batches(): readonly PendingBatch[] {
    return this.#batches;
  }

  /** Whether its first batch will not grow any more. */
  get isHeadFull(): boolean {
    const { head } = this;
    if (!head) return false;
    return (
      this.#batches.length > 1 ||
      head.isSealed ||
      head.size >= this.#settings.batchSize
    );
  }

  /** Takes the call's next record; returns the bytes that it takes, a new batch's header among them. */
  append(call: SendCall, record: EncodedRecord): number {
    const last = this.#batches.at(-1);
    if (last) {
      const before = last.size;
      if (last.append(call, record)) return last.size - before;
      // Now, while another request may be under way, rather than when this one is to go out.
      last.trySeal();
    }
    const { batchSize, maxMessageBytes, compression } = this.#settings;
    const maxBytes = Math.max(1, Math.min(batchSize, maxMessageBytes));
    const limits = { maxBytes, compression };
    const batch = new PendingBatch(this, limits, performance.now());
    batch.append(call, record);
    this.#batches.push(batch);
    return batch.size;
  }

  /** Takes a batch out. */
  remove(batch: PendingBatch): void {
    const index = this.#batches.indexOf(batch);
    if (index >= 0) this.#batches.splice(index, 1);
  }

  /** Puts others in a batch's place. */
  replace(batch: PendingBatch, others: readonly PendingBatch[]): void {
    this.#batches.splice(this.#batches.indexOf(batch), 1, ...others);
  }

  /** Gives the first batch id, epoch and sequence, where it has none; `current` is the producer's newest identity. */
  stampHead(current: ProducerIdentity): void {
    const { head } = this;
    if (!head || head.stamp) return;
    this.#identity ??= current;
    head.stampWith({ ...this.#identity, baseSequence: this.#nextSequence });
  }

  /** Counts the sequence on: that batch stands in the log. */
  advance(batch: PendingBatch): void {
    if (!batch.stamp) return;
    const { baseSequence } = batch.stamp;
    this.#nextSequence = sequenceAfter(baseSequence, batch.recordCount);
  }

  /**
   * Begins at sequence 0 of the next epoch, since nobody knows whether the last sequence was used (KIP-360). Where there
   * is no next epoch it begins anew with the producer's newest identity; answers whether that has to be a new one.
   */
  bumpEpoch(): boolean {
    const identity = this.#identity;
    this.#nextSequence = 0;
    if (identity && identity.producerEpoch < GREATEST_EPOCH) {
      const producerEpoch = identity.producerEpoch + 1;
      this.#identity = { ...identity, producerEpoch };
      return false;
    }
    this.forgetIdentity();
    return true;
  }

  /** Begins anew with the producer's newest identity. */
  forgetIdentity(): void {
    this.#identity = undefined;
    this.#nextSequence = 0;
  }
}
