import { PostamtError } from '#kernel';
import type { Database } from '#postgres';
import { readTopics } from './sql/read-topics.js';
import type { Topic } from './topic.js';

/**
 * What this process knows of topics: read once, kept, and read again when an answer of the log says that it is stale.
 */
export class Catalogue {
  readonly #db: Database;
  readonly #byName = new Map<string, Topic>();
  readonly #byNumber = new Map<number, Topic>();

  constructor(db: Database) {
    this.#db = db;
  }

  /**
   * The topic of that name.
   *
   * @throws PostamtError UNKNOWN_TOPIC_OR_PARTITION
   */
  async topic(name: string): Promise<Topic> {
    return this.#byName.get(name) ?? this.reload(name);
  }

  /** The topics of those numbers; one that is gone is not among them. */
  async topicsByNumber(
    numbers: Iterable<number>,
  ): Promise<ReadonlyMap<number, Topic>> {
    const missing = [...numbers].filter((n) => !this.#byNumber.has(n));
    if (missing.length > 0) {
      const topics = await this.#db.run(readTopics, [null, missing]);
      for (const topic of topics) this.#keep(topic);
    }
    return this.#byNumber;
  }

  /** Reads the topic again. */
  async reload(name: string): Promise<Topic> {
    this.#forget(name);
    const [topic] = await this.#db.run(readTopics, [[name], null]);
    if (topic) return this.#keep(topic);
    throw new PostamtError(
      'UNKNOWN_TOPIC_OR_PARTITION',
      `there is no topic ${JSON.stringify(name)}; create it, or list it in \`topics\` where the application starts`,
    );
  }

  /** Forgets everything; what is asked for next is read anew. */
  clear(): void {
    this.#byName.clear();
    this.#byNumber.clear();
  }

  #keep(topic: Topic): Topic {
    this.#byName.set(topic.name, topic);
    this.#byNumber.set(topic.number, topic);
    return topic;
  }

  #forget(name: string): void {
    const known = this.#byName.get(name);
    this.#byName.delete(name);
    if (known) this.#byNumber.delete(known.number);
  }
}
