import { PostamtError } from '#kernel';
import {
  lockIdOf,
  takeLocks,
  type Database,
  type SqlExecutor,
} from '#postgres';
import { openTopic, type OpenTopic, type TopicDefinition } from '#schemas';
import {
  insertEvents,
  insertEventsValues,
  MOST_EVENTS_A_STATEMENT,
} from '../sql/insert-events.js';
import { CommitWatch } from './commit-watch.js';
import { encodeEvent, type EncodedEvent } from './encode-event.js';
import type {
  OutboxEvent,
  PublishedEvent,
  PublishOptions,
} from './outbox-event.js';
import { openTarget, type PublishTarget } from './publish-target.js';

/**
 * Publishes events inside the caller's database transaction: an event is in its topic if and only if that transaction
 * commits. A row is written to `outbox_events`; a relay moves it.
 *
 * @example
 * const outbox = await Outbox.open(db, [incidents]);
 * await kysely.transaction().execute(async (tx) => {
 *   await tx.updateTable('incident').set({ status }).where('id', '=', id).execute();
 *   await outbox.publish(tx, incidents, { key: id, value: { status, at } });
 * });
 */
export class Outbox {
  readonly #db: Database;
  readonly #topics: ReadonlyMap<string, OpenTopic>;
  readonly #commits: CommitWatch;

  private constructor(db: Database, topics: readonly OpenTopic[]) {
    this.#db = db;
    this.#topics = new Map(topics.map((open) => [open.definition.name, open]));
    this.#commits = new CommitWatch(db.wakeUps);
  }

  /** Creates the topics that do not exist, registers their schemas, and resolves to an outbox that can write to them. */
  static async open(
    db: Database,
    topics: readonly TopicDefinition[],
  ): Promise<Outbox> {
    const opened: OpenTopic[] = [];
    for (const topic of topics) opened.push(await openTopic(db, topic));
    return new Outbox(db, opened);
  }

  /**
   * Writes one event, or several in their order, in the caller's transaction.
   *
   * @throws PostamtError, before any SQL: SCHEMA_MISMATCH with topic, field path, value and expected type; INVALID_VALUE
   * for a key, a header, an id or something that is no transaction; MESSAGE_TOO_LARGE; UNKNOWN_TOPIC_OR_PARTITION for a
   * topic that this outbox was not opened with. What the database says of the INSERT comes as the caller's library has it.
   */
  async publish<Key, Value, Input>(
    tx: PublishTarget,
    topic: TopicDefinition<Key, Value, Input>,
    event: OutboxEvent<Key, Input> | readonly OutboxEvent<Key, Input>[],
    options: PublishOptions = {},
  ): Promise<PublishedEvent[]> {
    const events = (
      Array.isArray(event) ? event : [event]
    ) as readonly OutboxEvent[];
    const open = this.#openTopic(topic.name);
    const encoded = events.map((each) => encodeEvent(open, each));
    const { executor, commit } = openTarget(tx);
    if (encoded.length === 0) return [];
    if (options.lockKey) await this.#lockKeys(executor, encoded);
    await this.#insert(executor, encoded);
    this.#commits.watch(commit, [
      ...new Set(encoded.map(({ shard }) => shard)),
    ]);
    return encoded.map(({ id }) => ({ id }));
  }

  async #insert(
    executor: SqlExecutor,
    events: readonly EncodedEvent[],
  ): Promise<void> {
    for (let at = 0; at < events.length; at += MOST_EVENTS_A_STATEMENT) {
      const page = events.slice(at, at + MOST_EVENTS_A_STATEMENT);
      await executor.query(
        insertEvents(this.#db.schema, page.length),
        insertEventsValues(page),
      );
    }
  }

  async #lockKeys(
    executor: SqlExecutor,
    events: readonly EncodedEvent[],
  ): Promise<void> {
    const ids = events.flatMap(({ key, topicNumber }) =>
      key ? [lockIdOf(`${topicNumber}:${key.toString('latin1')}`)] : [],
    );
    const keys = await this.#db.lockKeys('outboxKey', ids);
    await executor.query(takeLocks.text(this.#db.schema), [keys]);
  }

  #openTopic(name: string): OpenTopic {
    const open = this.#topics.get(name);
    if (open) return open;
    throw new PostamtError(
      'UNKNOWN_TOPIC_OR_PARTITION',
      `this outbox was not opened with the topic ${JSON.stringify(name)}; it has ${[...this.#topics.keys()].join(', ') || 'none'}`,
    );
  }
}
