import { PostamtError } from '#kernel';
import { MOST_LOCKS } from '#postgres';
import { readyAt } from './batch-readiness.js';
import type { ProducerTopic } from './producer-topic.js';
import { Fifo } from './fifo.js';
import type { BatchQueue, PendingBatch } from './pending-batch.js';
import type { MetricsCounter } from './producer-metrics.js';
import type { ProducerSettings } from './producer-options.js';
import type { SendCall } from './send-call.js';

/** The header of a record batch, in bytes. */
const BATCH_BYTES = 61;

interface WaitingCall {
  readonly call: SendCall;
  readonly topic: ProducerTopic;
  /** When it came. */
  readonly since: number;
}

/**
 * What was sent and is not written yet: a queue for each partition, within `bufferMemory`. Calls that find no room wait
 * in line, so that the order of calls is that of their records; the first one fails when no room came free in `maxBlockMs`.
 */
export class Accumulator {
  readonly #settings: ProducerSettings;
  readonly #metrics: MetricsCounter;
  /** The queues that have something. The one that was served last is the last. */
  readonly #active = new Set<BatchQueue>();
  readonly #line = new Fifo<WaitingCall>();
  /** When somebody in line last found room. */
  #roomAt = 0;
  #blockTimer: NodeJS.Timeout | undefined;
  #bytes = 0;
  #hurrying = 0;

  constructor(settings: ProducerSettings, metrics: MetricsCounter) {
    this.#settings = settings;
    this.#metrics = metrics;
  }

  get bufferedBytes(): number {
    return this.#bytes;
  }

  get isEmpty(): boolean {
    return this.#active.size === 0 && this.#line.length === 0;
  }

  /** Takes a call's records, now or when there is room. */
  take(call: SendCall, topic: ProducerTopic): void {
    this.#line.push({ call, topic, since: performance.now() });
    if (this.#line.length === 1) this.#admit();
  }

  /** Has everything go out at once, until it is undone as often. */
  hurry(): void {
    this.#hurrying += 1;
  }

  unhurry(): void {
    this.#hurrying -= 1;
  }

  /** The batches of the next request: one a partition, those first that waited longest for their turn. */
  drain(now: number): PendingBatch[] {
    const batches: PendingBatch[] = [];
    let bytes = 0;
    for (const queue of this.#active) {
      const { head } = queue;
      if (!head || head.inFlight || this.#readyAt(queue, head) > now) continue;
      if (batches.length > 0 && !this.#goesWith(head, bytes)) break;
      batches.push(head);
      bytes += head.size;
      if (batches.length === MOST_LOCKS) break;
    }
    for (const { queue } of batches) {
      this.#active.delete(queue);
      this.#active.add(queue);
    }
    return batches;
  }

  /** When the next batch is to go out; undefined where none waits. */
  nextAt(): number | undefined {
    let next: number | undefined;
    for (const queue of this.#active) {
      const { head } = queue;
      if (!head || head.inFlight) continue;
      const at = this.#readyAt(queue, head);
      if (next === undefined || at < next) next = at;
    }
    return next;
  }

  /** The batches that are not out and whose delivery time-out has passed, in their order. */
  expired(now: number): PendingBatch[] {
    const born = now - this.#settings.deliveryTimeoutMs;
    return [...this.#active].flatMap(({ batches }) =>
      batches.filter(({ createdAt, inFlight }) => {
        return createdAt <= born && !inFlight;
      }),
    );
  }

  /** When the first delivery time-out will have passed. */
  nextExpiry(): number | undefined {
    let oldest: number | undefined;
    for (const { head } of this.#active)
      if (head && (oldest === undefined || head.createdAt < oldest))
        oldest = head.createdAt;
    return oldest && oldest + this.#settings.deliveryTimeoutMs;
  }

  /** Lets a batch go, whatever came of it, and whoever waits for its memory in. */
  remove(batch: PendingBatch): void {
    const { queue } = batch;
    queue.remove(batch);
    this.#bytes -= batch.size;
    if (!queue.head) this.#active.delete(queue);
    this.#admit();
  }

  /** Puts the parts of a batch in its place. */
  replace(batch: PendingBatch, parts: readonly PendingBatch[]): void {
    batch.queue.replace(batch, parts);
    for (const part of parts) this.#bytes += part.size;
    this.#bytes -= batch.size;
  }

  /** Every batch that there is. */
  batches(): PendingBatch[] {
    return [...this.#active].flatMap(({ batches }) => batches);
  }

  /** Fails the calls that wait in line, and stops waiting. */
  failLine(error: unknown): void {
    clearTimeout(this.#blockTimer);
    for (let waiting; (waiting = this.#line.shift());)
      this.#metrics.errors += waiting.call.failRest(error);
  }

  #readyAt(queue: BatchQueue, head: PendingBatch): number {
    const { createdAt, notBefore } = head;
    const isHurried = this.#hurrying > 0 || this.#line.length > 0;
    const view = { createdAt, notBefore, isFull: queue.isHeadFull, isHurried };
    return readyAt(view, this.#settings.lingerMs);
  }

  #goesWith(batch: PendingBatch, bytes: number): boolean {
    return bytes + batch.size <= this.#settings.maxRequestSize;
  }

  #admit(): void {
    for (let waiting; (waiting = this.#line.first); this.#line.shift()) {
      const before = this.#bytes;
      const isTaken = this.#takeAll(waiting);
      if (this.#bytes > before && this.#blockTimer)
        this.#roomAt = performance.now();
      if (isTaken) continue;
      this.#watchLine(waiting);
      return;
    }
    clearTimeout(this.#blockTimer);
    this.#blockTimer = undefined;
  }

  /** Takes the call's records as far as there is room; answers whether that was all. */
  #takeAll({ call, topic }: WaitingCall): boolean {
    const { bufferMemory } = this.#settings;
    for (let record; (record = call.nextRecord);) {
      const needed = this.#bytes + record.bytes + BATCH_BYTES;
      if (this.#bytes > 0 && needed > bufferMemory) return false;
      const queue = topic.queue(record.partition);
      if (!queue.head) this.#active.add(queue);
      this.#bytes += queue.append(call, record);
    }
    return true;
  }

  #watchLine(first: WaitingCall): void {
    if (this.#blockTimer) return;
    const wait = this.#blockedUntil(first) - performance.now();
    this.#blockTimer = setTimeout(() => this.#failBlocked(), wait);
  }

  #blockedUntil({ since }: WaitingCall): number {
    return Math.max(since, this.#roomAt) + this.#settings.maxBlockMs;
  }

  #failBlocked(): void {
    this.#blockTimer = undefined;
    const { maxBlockMs, bufferMemory } = this.#settings;
    // A timer may come a fraction of a millisecond early.
    const now = performance.now() + 1;
    for (let first; (first = this.#line.first); this.#line.shift()) {
      if (this.#blockedUntil(first) > now) break;
      this.#metrics.errors += first.call.failRest(
        new PostamtError(
          'TIMED_OUT',
          `no room came free in ${maxBlockMs} ms (maxBlockMs): ${this.#bytes} of ${bufferMemory} bytes (bufferMemory) wait to be written`,
        ),
      );
    }
    this.#admit();
  }
}
