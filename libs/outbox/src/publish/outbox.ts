import { PostamtError } from '#kernel';
import {
  lockIdOf,
  takeLocks,
  type Database,
  type SqlExecutor,
} from '#postgres';
import { openTopic, type OpenTopic, type TopicDefinition } from '#schemas';
import { requireCdc } from '../cdc/cdc-slot.js';
import { emitEvents } from '../cdc/emit-events.js';
import { BacklogGuard } from '../backlog/backlog-guard.js';
import { claimEvents, repeatedEvents } from './claim-events.js';
import { CommitWatch } from './commit-watch.js';
import { encodeEvent, type EncodedEvent } from './encode-event.js';
import type {
  OutboxEvent,
  PublishedEvent,
  PublishOptions,
} from './outbox-event.js';
import type { OutboxOptions } from './outbox-options.js';
import {
  openTarget,
  type OpenTarget,
  type PublishTarget,
} from './publish-target.js';
import { traceHeaders } from './trace-headers.js';
import { writeEvents } from './write-events.js';

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
  readonly #options: OutboxOptions;
  readonly #backlog: BacklogGuard | undefined;

  private constructor(
    db: Database,
    topics: readonly OpenTopic[],
    options: OutboxOptions,
  ) {
    this.#db = db;
    this.#options = options;
    this.#backlog = options.backlog && new BacklogGuard(db, options.backlog);
    this.#topics = new Map(topics.map((open) => [open.definition.name, open]));
    this.#commits = new CommitWatch(db.wakeUps);
  }

  /** Creates the topics that do not exist, registers their schemas, and resolves to an outbox that can write to them. */
  static async open(
    db: Database,
    topics: readonly TopicDefinition[],
    options: OutboxOptions = {},
  ): Promise<Outbox> {
    if (options.cdc) await requireCdc(db, options.cdc.slot);
    const opened: OpenTopic[] = [];
    for (const topic of topics) opened.push(await openTopic(db, topic));
    return new Outbox(db, opened, options);
  }

  /**
   * Writes one event, or several in their order, in the caller's transaction.
   *
   * @throws PostamtError, before any SQL: SCHEMA_MISMATCH with topic, field path, value and expected type; INVALID_VALUE
   * for a key, a header, an id or something that is no transaction; MESSAGE_TOO_LARGE; UNKNOWN_TOPIC_OR_PARTITION for a
   * topic that this outbox was not opened with; BACKLOG_FULL past `backlog`; DUPLICATE_EVENT_ID, which may take a
   * statement to find out, and leaves the transaction fit to go on. What the database says comes as the caller's library
   * has it.
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
    const { onDuplicate = 'refuse', lockKey = false } = options;
    const trace = traceHeaders(this.#options.traceContext, this.#db.logger);
    const encoded = events.map((each) => encodeEvent(open, each, trace));
    const repeated = repeatedEvents(encoded, onDuplicate);
    const target = openTarget(tx);
    const { executor } = target;
    if (encoded.length === 0) return [];
    await this.#backlog?.requireRoom();
    if (lockKey) await this.#lockKeys(executor, encoded);
    const first = encoded.filter((each) => !repeated.has(each));
    const { schema } = this.#db;
    const known = await claimEvents(executor, schema, first, onDuplicate);
    const fresh = first.filter((each) => !known.has(each));
    await this.#write(target, fresh);
    return encoded.map((each) => ({
      id: each.id,
      duplicate: repeated.has(each) || known.has(each),
    }));
  }

  async #write(
    target: OpenTarget,
    events: readonly EncodedEvent[],
  ): Promise<void> {
    if (events.length === 0) return;
    const { preparedStatements = false, cdc } = this.#options;
    const { schema } = this.#db;
    if (cdc) return emitEvents(target.executor, events, { ...cdc, schema });
    await writeEvents(target, events, { schema, preparedStatements });
    const shards = new Set(events.map(({ shard }) => shard));
    this.#commits.watch(target.commit, [...shards]);
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
