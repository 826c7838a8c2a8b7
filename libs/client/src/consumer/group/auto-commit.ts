import { performance } from 'node:perf_hooks';
import type { Logger } from '#kernel';
import { partitionKey, type TopicPartition } from '../consumer-record.js';
import type { OffsetToCommit } from './offset-to-commit.js';

/** What offsets are committed with now and then. */
export interface AutoCommitParts {
  readonly isOn: boolean;
  readonly intervalMs: number;
  readonly logger: Logger;
  readonly commit: (offsets: readonly OffsetToCommit[]) => Promise<void>;
}

/**
 * Commits what earlier polls gave, whenever the interval is over and there is something new: behind the back of who
 * polls, one commit at a time. What could not be committed is committed with the next.
 */
export class AutoCommit {
  readonly #parts: AutoCommitParts;
  readonly #committed = new Map<string, bigint>();
  #dueAt: number;
  #isUnderWay = false;

  constructor(parts: AutoCommitParts) {
    this.#parts = parts;
    this.#dueAt = performance.now() + parts.intervalMs;
  }

  get isOn(): boolean {
    return this.#parts.isOn;
  }

  /** That offset is committed: there is no need to commit it again. */
  note(partition: TopicPartition, offset: bigint): void {
    this.#committed.set(partitionKey(partition), offset);
  }

  forget(partition: TopicPartition): void {
    this.#committed.delete(partitionKey(partition));
  }

  /** Those that are not committed yet. */
  news(consumed: readonly OffsetToCommit[]): OffsetToCommit[] {
    return consumed.filter(
      (each) => this.#committed.get(partitionKey(each)) !== each.offset,
    );
  }

  /** How long it may take until there is something to do, in milliseconds; Infinity while there is nothing. */
  waitMs(consumed: readonly OffsetToCommit[]): number {
    if (!this.isOn || this.#isUnderWay || this.news(consumed).length === 0)
      return Infinity;
    return Math.max(this.#dueAt - performance.now(), 0);
  }

  /** Begins a commit of what earlier polls gave, where one is due. */
  tick(consumed: () => readonly OffsetToCommit[]): void {
    if (!this.isOn || this.#isUnderWay || performance.now() < this.#dueAt)
      return;
    this.#dueAt = performance.now() + this.#parts.intervalMs;
    const news = this.news(consumed());
    if (news.length > 0) void this.#begin(news);
  }

  /** Begins a commit of what earlier polls gave, due or not: it is not known for much longer. */
  soon(consumed: readonly OffsetToCommit[]): void {
    void this.now(consumed);
  }

  /** Commits what earlier polls gave and waits for it; a failure is told to the log only, as in Kafka. */
  async now(consumed: readonly OffsetToCommit[]): Promise<void> {
    const news = this.isOn ? this.news(consumed) : [];
    if (news.length > 0) await this.#commit(news);
  }

  async #begin(offsets: readonly OffsetToCommit[]): Promise<void> {
    this.#isUnderWay = true;
    await this.#commit(offsets);
    this.#isUnderWay = false;
  }

  async #commit(offsets: readonly OffsetToCommit[]): Promise<void> {
    const { commit, logger } = this.#parts;
    try {
      await commit(offsets);
      for (const each of offsets) this.note(each, each.offset);
    } catch (err) {
      const partitions = offsets.map(partitionKey);
      logger.warn({ err, partitions }, 'offsets could not be committed');
    }
  }
}
