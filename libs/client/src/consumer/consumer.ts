import { performance } from 'node:perf_hooks';
import { PostamtError, sleep } from '#kernel';
import type { CallerTransaction, Database, WakeUpWatch } from '#postgres';
import type { TopicDefinition } from '#schemas';
import type { ConsumerOptions } from './consumer-options.js';
import { consumerParts, type ConsumerParts } from './consumer-parts.js';
import { ConsumerPositions } from './consumer-positions.js';
import type {
  AssignedPartition,
  ConsumerRecord,
  TopicPartition,
} from './consumer-record.js';
import { behindGiven } from './group/behind-given.js';
import {
  requireGroup,
  type ConsumerGroup,
  type ConsumerGroupMetadata,
} from './group/consumer-group.js';
import type { CommitCallback } from './group/group-commits.js';
import type {
  CommittedPartition,
  OffsetToCommit,
} from './group/offset-to-commit.js';
import { subscriptionOf, type SubscribeOptions } from './group/subscription.js';
import { UnreadPage } from './unread-page.js';

/** How long `close` may take (`close` of Kafka's consumer). */
const CLOSE_MS = 30_000;

/**
 * Kafka's consumer. With a `group` it can {@link Consumer.subscribe}: the group's members share the partitions of the
 * topics, and what is read is committed for the group. With or without one it can {@link Consumer.assign}: it reads the
 * partitions that it is told to.
 *
 * While the user works on what {@link Consumer.poll} gave, the next page is read ahead. Joining, committing by itself and
 * what becomes of a rebalance happen inside `poll`, callbacks too. To be used by one caller at a time, but for
 * {@link Consumer.wakeup} and {@link Consumer.close}.
 *
 * @example
 * const consumer = new Consumer<string, IncidentChanged>(db, { group: 'board', autoOffsetReset: 'earliest' });
 * consumer.subscribe([incidents]);
 * for await (const record of consumer) console.log(record.offset, record.value);
 */
export class Consumer<
  Key = unknown,
  Value = unknown,
> extends ConsumerPositions {
  readonly #db: Database;
  readonly #parts: ConsumerParts;
  /** Watches nothing: it keeps the listening connection between two fetches. */
  #watch: WakeUpWatch | undefined;
  #polling: Promise<ConsumerRecord[]> | undefined;
  /** What a loop over the consumer goes through. */
  #page: UnreadPage | undefined;
  #closing: Promise<void> | undefined;

  /** @throws PostamtError INVALID_CONFIG naming the option; INVALID_GROUP_ID */
  constructor(db: Database, options: ConsumerOptions = {}) {
    const parts = consumerParts(db, options);
    super(parts);
    this.#db = db;
    this.#parts = parts;
  }

  /**
   * Reads these partitions from now on and no others. One that was assigned before stays where it is; a new one begins
   * where its group has committed, if it has one, else where `autoOffsetReset` says, unless it is set elsewhere before
   * the next `poll`. With auto-commit, what earlier polls gave is committed now.
   *
   * @throws PostamtError NOT_SUPPORTED while it is subscribed
   */
  assign(partitions: readonly AssignedPartition[]): void {
    const { state, group, reader, assignment } = this.#parts;
    state.assertOpen();
    if (group?.isSubscribed) throw bothWays();
    for (const { topic } of partitions)
      if (typeof topic !== 'string') reader.define(topic);
    if (group) group.commits.auto.soon(this.#consumed());
    assignment.set(partitions);
  }

  /**
   * Shares the partitions of these topics, or of all whose name matches, with the other members of the group, from the
   * next `poll` on; instead of what was subscribed to before. Topics that are not there yet are waited for. Records come
   * decoded where a topic's definition is given, and as bytes where its name is.
   *
   * @throws PostamtError INVALID_GROUP_ID without a group; NOT_SUPPORTED while partitions are assigned; INVALID_VALUE for
   * no topics, or a pattern with the flag g or y
   *
   * @example
   * consumer.subscribe([incidents], { onPartitionsRevoked: async () => consumer.commitSync() });
   * consumer.subscribe(/^sensor-/);
   */
  subscribe(
    topics: readonly (string | TopicDefinition)[] | RegExp,
    options: SubscribeOptions = {},
  ): void {
    const group = this.#group;
    const { reader, assignment } = this.#parts;
    if (!group.isSubscribed && assignment.tracks().length > 0) throw bothWays();
    const { definitions = [], ...listener } = options;
    const named = topics instanceof RegExp ? [] : topics;
    for (const topic of [...definitions, ...named])
      if (typeof topic !== 'string') reader.define(topic);
    group.subscribe(subscriptionOf(topics), listener);
  }

  /** Gives all partitions back and leaves the group, or has no partitions assigned any more. */
  async unsubscribe(): Promise<void> {
    this.#parts.state.assertOpen();
    this.#assertIdle();
    this.#giveBack(this.#page?.unread ?? []);
    await this.#parts.group?.leave();
    this.#parts.assignment.set([]);
  }

  /** Who it is in its group. @throws PostamtError INVALID_GROUP_ID without a group */
  groupMetadata(): ConsumerGroupMetadata {
    return this.#group.metadata;
  }

  /**
   * The next records, of one partition or of several, as soon as there are any; none after `timeoutMs`, and where
   * {@link Consumer.wakeup} was called. With 0 it gives what has been read ahead, and sees to it that more is.
   *
   * What is wrong with one partition is thrown once, with topic, partition and offset; the position stays, the others go
   * on, and the partition is tried again after a growing wait.
   *
   * @throws PostamtError OFFSET_OUT_OF_RANGE and LOG_TRUNCATION where `autoOffsetReset` is `none`; CORRUPT_MESSAGE;
   * LOG_HOLE; UNKNOWN_TOPIC_OR_PARTITION; INVALID_RECORD, SCHEMA_MISMATCH and UNKNOWN_SCHEMA_ID for a record that cannot
   * be decoded (again at each poll, until it is sought past); POSTGRES_UNAVAILABLE where that lasted until `timeoutMs`;
   * FENCED_INSTANCE_ID where another process has joined as the same static member; NOT_SUPPORTED for a second poll at
   * the same time; CLOSED; and what a callback of {@link Consumer.subscribe} throws
   */
  async poll(timeoutMs: number): Promise<ConsumerRecord<Key, Value>[]> {
    const { loop, group, state } = this.#parts;
    state.assertPollable();
    this.#assertIdle();
    this.#watch ??= this.#db.wakeUps.watch([]);
    group?.pollStarted();
    const polling = loop.poll(performance.now() + timeoutMs);
    this.#polling = polling.catch(() => []);
    try {
      return (await polling) as ConsumerRecord<Key, Value>[];
    } finally {
      this.#polling = undefined;
      if (!state.isClosing) group?.pollEnded();
    }
  }

  /**
   * Polls for ever, record by record, until the consumer is closed. Where the loop ends, the position is behind the last
   * record that it was given; where the consumer is closed in its midst, before that one.
   */
  async *[Symbol.asyncIterator](): AsyncGenerator<ConsumerRecord<Key, Value>> {
    const { settings, state, assignment } = this.#parts;
    while (!state.isClosing) {
      const records = await this.poll(settings.fetchMaxWaitMs);
      const page = new UnreadPage(records, assignment);
      this.#page = page;
      try {
        for (;;) {
          const record = state.isClosing ? undefined : page.next();
          if (!record) break;
          yield record;
        }
      } finally {
        this.#page = undefined;
        if (!state.isClosing) this.#giveBack(page.unread);
      }
    }
  }

  /**
   * Commits where the consumer stands, behind what earlier polls gave (in a loop: behind the record that it works on), or
   * the offsets that are given: the next ones to read. It waits, and tries again for a minute where Postgres is out of reach.
   *
   * @throws PostamtError ILLEGAL_GENERATION where a partition is not this member's any more (Kafka's
   * CommitFailedException): nothing was committed, and its records go to another member; INVALID_GROUP_ID; INVALID_VALUE
   */
  async commitSync(offsets?: readonly OffsetToCommit[]): Promise<void> {
    const { commits } = this.#group;
    await commits.sync(offsets ?? this.#consumed());
  }

  /**
   * As {@link Consumer.commitSync}, once only and in the background. Commits keep their order. The promise, which need
   * not be awaited, and the callback tell how it ended.
   */
  commitAsync(
    offsets?: readonly OffsetToCommit[],
    callback?: CommitCallback,
  ): Promise<readonly OffsetToCommit[]> {
    const { commits } = this.#group;
    const committing = commits.async(offsets ?? this.#consumed(), callback);
    committing.catch(() => {});
    return committing;
  }

  /**
   * Commits inside a SQL transaction of the caller's, so that its effects and the offsets stand or fall together. To be
   * called first in it: from then on nobody else gets the partitions before it has ended, and who has lost them is
   * refused before it has any effect. With it goes `enableAutoCommit: false`.
   *
   * @throws PostamtError as {@link Consumer.commitSync}, and then the transaction is lost; NOT_SUPPORTED where it is not
   * READ COMMITTED
   *
   * @example
   * const records = await consumer.poll(1_000);
   * try {
   *   await kysely.transaction().execute(async (tx) => {
   *     await consumer.commitIn(tx);
   *     await tx.insertInto('board')…;
   *   });
   * } catch (error) {
   *   // Nothing was committed: they are read again.
   *   for (const record of records.toReversed()) consumer.seek(record, record.offset);
   * }
   */
  async commitIn(
    transaction: CallerTransaction,
    offsets?: readonly OffsetToCommit[],
  ): Promise<void> {
    const { commits } = this.#group;
    await commits.within(transaction, offsets ?? this.#consumed());
  }

  /** What the group has committed; the partitions need not be assigned. @throws PostamtError INVALID_GROUP_ID */
  async committed(
    partitions: readonly TopicPartition[],
  ): Promise<CommittedPartition[]> {
    return this.#group.commits.committed(partitions);
  }

  /** Lets the poll that is under way, or else the next one, end at once without records. */
  wakeup(): void {
    this.#parts.loop.wakeup();
  }

  /**
   * Ends a poll that is under way, commits what earlier polls gave (with auto-commit), gives the partitions back and
   * leaves the group at once; a static member stays in it until its session is over. The database stays open. Idempotent.
   * Called by a callback of {@link Consumer.subscribe}, for which the poll waits, it returns at once, and does so behind it.
   *
   * @throws what a callback of {@link Consumer.subscribe} throws
   */
  async close(options: { readonly timeoutMs?: number } = {}): Promise<void> {
    const closing = (this.#closing ??= this.#close(
      options.timeoutMs ?? CLOSE_MS,
    ));
    if (!this.#parts.group?.isCallingBack) return closing;
    // Whoever closes it again is told.
    closing.catch(() => {});
  }

  async #close(timeoutMs: number): Promise<void> {
    this.#parts.state.beginClosing();
    this.wakeup();
    const waiting = new AbortController();
    try {
      await Promise.race([this.#leave(), sleep(timeoutMs, waiting.signal)]);
    } finally {
      waiting.abort();
      this.#parts.state.close();
      await this.#parts.loop.stop();
      this.#watch?.close();
      this.#watch = undefined;
    }
  }

  /** What the poll that is under way gives, and what a loop works on, was not handled yet: it is not committed. */
  async #leave(): Promise<void> {
    const late = (await this.#polling) ?? [];
    this.#giveBack([...(this.#page?.unhandled ?? []), ...late]);
    await this.#parts.group?.leave();
  }

  /** Where the caller stands: behind what earlier polls gave, or the record that a loop works on. */
  #consumed(): readonly OffsetToCommit[] {
    const { commits } = this.#group;
    return behindGiven(commits.consumed(), this.#page?.unhandled ?? []);
  }

  /** Records that nobody was given are read again. */
  #giveBack(records: readonly ConsumerRecord[]): void {
    for (const record of records.toReversed())
      this.#parts.assignment.find(record)?.seek(record.offset);
  }

  get #group(): ConsumerGroup {
    const { state, group } = this.#parts;
    state.assertOpen();
    requireGroup(group);
    return group;
  }

  #assertIdle(): void {
    if (!this.#polling) return;
    throw new PostamtError(
      'NOT_SUPPORTED',
      'this consumer is polled already; await one poll before the next, or open another consumer',
    );
  }
}

function bothWays(): PostamtError {
  return new PostamtError(
    'NOT_SUPPORTED',
    'a consumer either subscribes or is assigned partitions; call unsubscribe() before the other one',
  );
}
