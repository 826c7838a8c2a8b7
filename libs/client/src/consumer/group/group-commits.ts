import { isPostamtError, PostamtError, type Logger } from '#kernel';
import { commitIn, type OffsetCommit } from '#groups';
import type { CallerTransaction, Database } from '#postgres';
import type { Assignment } from '../assignment.js';
import {
  partitionKey,
  placeOf,
  type TopicPartition,
} from '../consumer-record.js';
import type { RecordReader } from '../record-reader.js';
import { AutoCommit } from './auto-commit.js';
import { CommitQueue } from './commit-queue.js';
import type { GroupSettings } from './group-options.js';
import type { GroupPartitions } from './group-partitions.js';
import {
  requireCommittable,
  type CommittedPartition,
  type OffsetToCommit,
} from './offset-to-commit.js';

/** Is told how a commit ended (Kafka's OffsetCommitCallback). */
export type CommitCallback = (
  offsets: readonly OffsetToCommit[],
  error?: PostamtError,
) => void;

/** What a consumer commits with. */
export interface CommitParts {
  readonly db: Database;
  readonly settings: GroupSettings;
  readonly partitions: GroupPartitions;
  readonly assignment: Assignment;
  readonly reader: RecordReader;
  /** Whether only what it holds as a member may be committed. */
  readonly isSubscribed: () => boolean;
}

/** How long a commit that somebody waits for is tried again (`default.api.timeout.ms`). */
const SYNC_RETRY_MS = 60_000;
/** A commit nobody waits for is not tried again, as in Kafka: the next one says more. */
const ASYNC_RETRY_MS = 0;
/** Partitions that are to go are waited for by others. */
const LAST_RETRY_MS = 5_000;

/** The committed offsets of a consumer's group, as the consumer commits and reads them. */
export class GroupCommits {
  readonly auto: AutoCommit;
  readonly #parts: CommitParts;
  readonly #logger: Logger;
  readonly #queue: CommitQueue;

  constructor(parts: CommitParts) {
    const { db, settings } = parts;
    this.#parts = parts;
    this.#logger = db.logger;
    this.#queue = new CommitQueue(db);
    this.auto = new AutoCommit({
      isOn: settings.enableAutoCommit,
      intervalMs: settings.autoCommitIntervalMs,
      logger: db.logger,
      commit: (offsets) => this.#commit(offsets, LAST_RETRY_MS),
    });
  }

  /** Where the consumer stands: behind what earlier polls gave. */
  consumed(partitions?: readonly TopicPartition[]): OffsetToCommit[] {
    const { assignment, reader } = this.#parts;
    const tracks = partitions
      ? partitions.flatMap((each) => assignment.find(each) ?? [])
      : assignment.tracks();
    return tracks.flatMap((track) => {
      if (track.position === undefined) return [];
      const leaderEpoch = reader.leaderEpochBefore(track);
      return {
        ...placeOf(track),
        offset: track.position,
        ...(leaderEpoch !== undefined && { leaderEpoch }),
      };
    });
  }

  async sync(offsets: readonly OffsetToCommit[]): Promise<void> {
    await this.#commit(offsets, SYNC_RETRY_MS);
  }

  async async(
    offsets: readonly OffsetToCommit[],
    callback?: CommitCallback,
  ): Promise<readonly OffsetToCommit[]> {
    try {
      await this.#commit(offsets, ASYNC_RETRY_MS);
    } catch (error) {
      if (!callback) this.#warn(offsets, error);
      if (isPostamtError(error)) callback?.(offsets, error);
      throw error;
    }
    callback?.(offsets);
    return offsets;
  }

  /** What is on its way ends first: behind the caller's transaction it would go back to an earlier offset. */
  async within(
    transaction: CallerTransaction,
    offsets: readonly OffsetToCommit[],
  ): Promise<void> {
    const commits = await this.#commitsOf(offsets);
    await this.#queue.settled();
    await commitIn(transaction, this.#parts.db, commits, 'Consumer.commitIn');
  }

  async committed(
    partitions: readonly TopicPartition[],
  ): Promise<CommittedPartition[]> {
    const found = await this.#parts.partitions.committed(partitions);
    return partitions.map((each, n) => ({
      ...placeOf(each),
      offset: found[n]?.offset ?? null,
      leaderEpoch: found[n]?.leaderEpoch ?? null,
      metadata: found[n]?.metadata ?? '',
    }));
  }

  /** Resolves once what is on its way has been committed, or has failed. */
  async settled(): Promise<void> {
    await this.#queue.settled();
  }

  async #commit(
    offsets: readonly OffsetToCommit[],
    retryMs: number,
  ): Promise<void> {
    const commits = this.#commitsOf(offsets);
    // It is looked at in its turn only.
    commits.catch(() => {});
    await this.#queue.commit(commits, retryMs);
    for (const each of offsets) this.auto.note(each, each.offset);
  }

  /** As it stands when it is asked for: a partition that goes and comes back is another one. */
  async #commitsOf(
    offsets: readonly OffsetToCommit[],
  ): Promise<readonly OffsetCommit[]> {
    requireCommittable(offsets);
    const { partitions, isSubscribed } = this.#parts;
    const found = isSubscribed()
      ? offsets.map((each) => partitions.find(each) ?? notOwned(each))
      : await partitions.resolve(offsets);
    return offsets.map(({ offset, leaderEpoch, metadata }, n) => ({
      partition: found[n] as OffsetCommit['partition'],
      next: offset,
      leaderEpoch,
      metadata,
    }));
  }

  #warn(offsets: readonly OffsetToCommit[], err: unknown): void {
    const partitions = offsets.map(partitionKey);
    this.#logger.warn({ err, partitions }, 'offsets could not be committed');
  }
}

function notOwned(partition: TopicPartition): never {
  throw new PostamtError(
    'ILLEGAL_GENERATION',
    `${partitionKey(partition)} is not this member's (any more), so that its offset cannot be committed; what it reads of it others read too`,
  );
}
