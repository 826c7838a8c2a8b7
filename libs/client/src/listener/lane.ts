import type { GroupPartition } from '#groups';
import type { LogRecord } from '#records';

/** One owned partition of a listener: how far it is, what was read ahead, and whether it waits after a failure. */
export class Lane {
  readonly partition: GroupPartition;
  /** The partition's index in the topic. */
  readonly index: number;
  /** The committed offset that the next commit is compared with; null = none. */
  committed: bigint | null;
  /** The next offset to read from the log, behind what stands in the queue. */
  position: bigint;
  /** Failures in a row at the first record of the queue. */
  failures = 0;
  /** Not to be worked on before, on the clock of `performance.now()`. */
  notBefore = 0;
  #queue: LogRecord[] = [];
  #head = 0;
  /** How many records go into the next chunk at the most; fewer than the listener's limit after a failure. */
  #limit = Number.POSITIVE_INFINITY;

  constructor(at: {
    partition: GroupPartition;
    index: number;
    committed: bigint | null;
    position: bigint;
  }) {
    this.partition = at.partition;
    this.index = at.index;
    this.committed = at.committed;
    this.position = at.position;
  }

  get isEmpty(): boolean {
    return this.#head === this.#queue.length;
  }

  isReady(now: number): boolean {
    return this.notBefore <= now;
  }

  /** Takes what was read, up to the offset behind it. */
  fill(records: readonly LogRecord[], position: bigint): void {
    this.#queue = this.#queue.slice(this.#head).concat(records);
    this.#head = 0;
    this.position = position;
  }

  /** The records to be handled next, at most `most`; they stay in the queue until {@link Lane.handled}. */
  chunk(most: number): readonly LogRecord[] {
    return this.#queue.slice(
      this.#head,
      this.#head + Math.min(most, this.#limit),
    );
  }

  /** The next offset to read once `count` records of the queue are handled: where the log has none left, its end. */
  offsetAfter(count: number): bigint {
    const next = this.#queue[this.#head + count];
    return next ? next.offset : this.position;
  }

  /** The first `count` records were handled and `committed` is committed. */
  handled(count: number, committed: bigint): void {
    this.#head += count;
    this.committed = committed;
    this.failures = 0;
    this.#limit = Number.POSITIVE_INFINITY;
  }

  /** Handling failed at the record `at` of the chunk: those before it go alone next, or it alone. */
  failed(at: number): void {
    this.failures += 1;
    this.#limit = Math.max(1, at);
  }

  /** Forgets what was read and starts again from what is committed. */
  restart(committed: bigint | null, position: bigint): void {
    this.committed = committed;
    this.position = position;
    this.#queue = [];
    this.#head = 0;
  }
}
