import { performance } from 'node:perf_hooks';
import { PostamtError } from '#kernel';
import type { Topic } from '#log';
import type { Database } from '#postgres';
import { valueSubject, WIRE_PREFIX_BYTES } from '#schemas';
import { registeredIds } from '../sql/registered-ids.js';
import type { PendingEvent } from './pending-event.js';

const MAX_AGE_MS = 10_000;
const GREATEST_ID = 2 ** 31 - 1;

/**
 * Which schemas there are, as far as events name them. A value whose schema was deleted since it was published could be
 * read by nobody: its key is parked. Topics without a value subject bear bytes of any kind and are not looked at.
 */
export class KnownSchemas {
  readonly #db: Database;
  /** By topic and schema id: whether the topic's subject is there and the schema is not. */
  readonly #missing = new Map<number, Map<number, boolean>>();
  #forgetAt = 0;

  constructor(db: Database) {
    this.#db = db;
  }

  /** Reads what is not known of the schemas that the events name. */
  async learn(
    events: readonly PendingEvent[],
    topics: ReadonlyMap<number, Topic>,
  ): Promise<void> {
    this.#forget();
    const asked = new Map<string, Asked>();
    for (const event of events) {
      const id = schemaIdOf(event);
      // One that is missing may be there again.
      if (id === undefined || this.#missingOf(event)?.get(id) === false)
        continue;
      const topic = topics.get(event.topicNumber);
      if (topic) asked.set(`${topic.number}:${id}`, { topic, id });
    }
    if (asked.size > 0) await this.#ask([...asked.values()]);
  }

  /** Why the event's value could be read by nobody. */
  fault(event: PendingEvent, topic: Topic): PostamtError | undefined {
    const id = schemaIdOf(event);
    if (id === undefined || !this.#missingOf(event)?.get(id)) return undefined;
    return new PostamtError(
      'UNKNOWN_SCHEMA_ID',
      `the outbox event ${event.eventId} for topic ${topic.name} was written with schema ${id}, which is gone`,
    );
  }

  #missingOf({ topicNumber }: PendingEvent): Map<number, boolean> | undefined {
    return this.#missing.get(topicNumber);
  }

  async #ask(asked: readonly Asked[]): Promise<void> {
    const rows = await this.#db.run(registeredIds, [
      asked.map(({ topic }) => topic.number),
      asked.map(({ topic }) => valueSubject(topic.name)),
      asked.map(({ id }) => id),
    ]);
    for (const { topicNumber, id, missing } of rows) {
      const known = this.#missing.get(topicNumber) ?? new Map();
      this.#missing.set(topicNumber, known.set(id, missing));
    }
  }

  #forget(): void {
    const now = performance.now();
    if (now < this.#forgetAt) return;
    this.#missing.clear();
    this.#forgetAt = now + MAX_AGE_MS;
  }
}

interface Asked {
  readonly topic: Topic;
  readonly id: number;
}

/** The schema that a value names, where it begins as Confluent's wire format does. */
function schemaIdOf({ value }: PendingEvent): number | undefined {
  if (!value || value.length < WIRE_PREFIX_BYTES || value[0] !== 0)
    return undefined;
  const id = value.readUInt32BE(1);
  return id <= GREATEST_ID ? id : undefined;
}
