import { nextTick } from 'node:process';
import { promisify } from 'node:util';
import { backoffMs, PostamtError } from '#kernel';
import type { Appended } from '#log';
import type { Accumulator } from './accumulator.js';
import { decideRetry, mayBeOneBatchsFault } from './decide-retry.js';
import { deliveryFailure, type GivenUp } from './delivery-failure.js';
import type { LogAppender } from './log-appender.js';
import type { PendingBatch } from './pending-batch.js';
import type { MetricsCounter } from './producer-metrics.js';
import type { ProducerSettings } from './producer-options.js';
import { settleWithin } from './settle-within.js';
import { splitBatch } from './split-batch.js';

/** What a sender works with. */
export interface SenderParts {
  readonly accumulator: Accumulator;
  readonly appender: LogAppender;
  readonly settings: ProducerSettings;
  readonly metrics: MetricsCounter;
}

const tick = promisify(nextTick) as () => Promise<void>;

/**
 * Takes what is ready out of the accumulator and appends it, one request at a time: what comes meanwhile makes the next
 * one. There is one batch of a partition in a request, and nothing of the partition goes out behind it until it has its
 * answer for good; so retries keep the order, with or without idempotence.
 */
export class Sender {
  readonly #accumulator: Accumulator;
  readonly #appender: LogAppender;
  readonly #settings: ProducerSettings;
  readonly #metrics: MetricsCounter;
  #isRunning = false;
  #isStopped = false;
  #timer: NodeJS.Timeout | undefined;
  #expiryTimer: NodeJS.Timeout | undefined;

  constructor(parts: SenderParts) {
    this.#accumulator = parts.accumulator;
    this.#appender = parts.appender;
    this.#settings = parts.settings;
    this.#metrics = parts.metrics;
  }

  /**
   * Looks for what is ready once the code that runs now, and what its promises set off, has run: so calls that are made
   * together go together, and one that is made alone waits for nobody.
   */
  wake(): void {
    if (this.#isRunning || this.#isStopped) return;
    this.#isRunning = true;
    nextTick(() => void this.#run());
  }

  /** Gives up whatever is not written yet. What is out may still be written. */
  stop(error: unknown, limit: string): void {
    this.#isStopped = true;
    clearTimeout(this.#timer);
    clearTimeout(this.#expiryTimer);
    this.#accumulator.failLine(error);
    for (const batch of this.#accumulator.batches()) {
      const isUnknown = batch.inFlight || batch.mayBeWritten;
      const { lastError } = batch;
      if (isUnknown)
        this.#giveUp(batch, { isUnknown, limit, error: lastError });
      else this.#drop(batch, error);
    }
  }

  /** It never rejects: whatever goes wrong is an answer to the batches that it went wrong with. */
  async #run(): Promise<void> {
    clearTimeout(this.#timer);
    while (!this.#isStopped) {
      const batches = this.#accumulator.drain(performance.now());
      if (batches.length === 0) break;
      this.#watchExpiry();
      await this.#deliver(batches);
      await tick();
    }
    this.#isRunning = false;
    this.#sleep();
  }

  /** Wakes up when the next batch has lingered, or waited out its back-off. */
  #sleep(): void {
    const at = this.#isStopped ? undefined : this.#accumulator.nextAt();
    if (at === undefined) return;
    this.#watchExpiry();
    const wait = Math.max(0, Math.ceil(at - performance.now()));
    this.#timer = setTimeout(() => this.wake(), wait);
  }

  async #deliver(batches: readonly PendingBatch[]): Promise<void> {
    for (const batch of batches) batch.inFlight = true;
    this.#metrics.inFlight += batches.length;
    const ending = await this.#attempt(batches);
    this.#metrics.inFlight -= batches.length;
    for (const batch of batches) batch.inFlight = false;
    if (this.#isStopped) return;
    if ('value' in ending) {
      batches.forEach((batch, n) =>
        this.#written(batch, ending.value[n] as Appended),
      );
    } else if (batches.length > 1 && mayBeOneBatchsFault(ending.error)) {
      await Promise.all(batches.map((batch) => this.#deliver([batch])));
    } else {
      for (const batch of batches) this.#judge(batch, ending.error);
    }
  }

  async #attempt(
    batches: readonly PendingBatch[],
  ): Promise<{ value: readonly Appended[] } | { error: unknown }> {
    const limitMs = this.#attemptMs(batches);
    const ending = await settleWithin(this.#append(batches), limitMs);
    if (ending !== 'late') return ending;
    const error = new PostamtError(
      'OUTCOME_UNKNOWN',
      `no answer came from the log in ${Math.round(limitMs)} ms`,
    );
    return { error };
  }

  /** Whoever asked for no acknowledgement has its answer here; the sender itself waits, or it could keep no order. */
  async #append(
    batches: readonly PendingBatch[],
  ): Promise<readonly Appended[]> {
    const { acks, enableIdempotence } = this.#settings;
    if (enableIdempotence) {
      const identity = await this.#appender.identity();
      for (const { queue } of batches) queue.stampHead(identity);
    }
    const requests = batches.map((batch) => ({
      topic: batch.queue.topic,
      partition: batch.queue.partition,
      batch: batch.seal(),
    }));
    if (acks === 0)
      for (const batch of batches) batch.answer({ baseOffset: -1n });
    return this.#appender.append(requests, acks === 0 ? 1 : acks);
  }

  #attemptMs(batches: readonly PendingBatch[]): number {
    const { requestTimeoutMs, deliveryTimeoutMs } = this.#settings;
    const born = Math.min(...batches.map(({ createdAt }) => createdAt));
    const left = born + deliveryTimeoutMs - performance.now();
    return Math.max(1, Math.min(requestTimeoutMs, left));
  }

  #written(batch: PendingBatch, place: Appended): void {
    this.#metrics.written(batch.recordCount, batch.seal().length);
    batch.queue.advance(batch);
    batch.answer(place);
    batch.leave();
    this.#accumulator.remove(batch);
  }

  /** What goes wrong in dealing with a failure is the batch's too: the sender goes on. */
  #judge(batch: PendingBatch, error: unknown): void {
    try {
      this.#failed(batch, error);
    } catch (fault) {
      this.#drop(batch, fault);
    }
  }

  #failed(batch: PendingBatch, error: unknown): void {
    batch.attempts += 1;
    batch.lastError = error;
    const isLate = this.#isLate(batch);
    const decision = decideRetry(this.#stateOf(batch, isLate), error);
    if (decision.do === 'fail') {
      if (decision.bumpEpoch && batch.queue.bumpEpoch())
        this.#appender.forgetIdentity();
      const limit = isLate ? this.#deliveryLimit : undefined;
      const { isUnknown } = decision;
      this.#giveUp(batch, { isUnknown, limit, error });
      return;
    }
    this.#metrics.retries += 1;
    if (decision.do === 'split') {
      this.#accumulator.replace(batch, splitBatch(batch, decision.where));
      return;
    }
    if (decision.do === 'renew') this.#renew(batch);
    else batch.mayBeWritten = decision.mayBeWritten;
    batch.notBefore = performance.now() + this.#backoff(batch.attempts);
  }

  #renew(batch: PendingBatch): void {
    this.#appender.forgetIdentity();
    batch.queue.forgetIdentity();
    batch.unstamp();
  }

  #stateOf(batch: PendingBatch, isLate: boolean) {
    const { attempts, mayBeWritten, recordCount, spanCount } = batch;
    const { retries, enableIdempotence: isIdempotent } = this.#settings;
    const counts = { attempts, retries, recordCount, spanCount };
    return { ...counts, isIdempotent, mayBeWritten, isLate };
  }

  #backoff(attempts: number): number {
    const { retryBackoffMs, retryBackoffMaxMs } = this.#settings;
    const policy = { initialMs: retryBackoffMs, maxMs: retryBackoffMaxMs };
    return backoffMs(policy, attempts);
  }

  #isLate({ createdAt }: PendingBatch): boolean {
    // A timer may come a fraction of a millisecond early.
    return (
      performance.now() + 1 >= createdAt + this.#settings.deliveryTimeoutMs
    );
  }

  get #deliveryLimit(): string {
    return `${this.#settings.deliveryTimeoutMs} ms have passed (deliveryTimeoutMs)`;
  }

  #giveUp(batch: PendingBatch, end: GivenUp): void {
    this.#drop(batch, deliveryFailure(batch, end));
  }

  /** Fails a batch and lets it go. */
  #drop(batch: PendingBatch, error: unknown): void {
    this.#metrics.errors += batch.recordCount;
    batch.fail(error);
    batch.leave();
    this.#accumulator.remove(batch);
  }

  /** Has batches that wait given up in time, whatever a request that is out is doing. */
  #watchExpiry(): void {
    if (this.#expiryTimer) return;
    const at = this.#accumulator.nextExpiry();
    if (at === undefined) return;
    const wait = Math.max(1, Math.ceil(at - performance.now()));
    this.#expiryTimer = setTimeout(() => this.#expire(), wait).unref();
  }

  #expire(): void {
    this.#expiryTimer = undefined;
    for (const batch of this.#accumulator.expired(performance.now())) {
      const { mayBeWritten: isUnknown, lastError: error, queue } = batch;
      if (isUnknown && batch.stamp && queue.bumpEpoch())
        this.#appender.forgetIdentity();
      this.#giveUp(batch, { isUnknown, limit: this.#deliveryLimit, error });
    }
    this.#watchExpiry();
    this.wake();
  }
}
