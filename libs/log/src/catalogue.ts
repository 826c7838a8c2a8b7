import { performance } from 'node:perf_hooks';
import { PostamtError } from '#kernel';
import type { Database } from '#postgres';
import { FullSegments } from './full-segments.js';
import { readTopics } from './sql/read-topics.js';
import type { Topic } from './topic.js';
import { unknownTopic } from './unknown-topic.js';

/** How old what is known may become while it is used. */
const MAX_AGE_MS = 30_000;

/**
 * What this process knows of topics: read once, kept, and read again when an answer of the log says that it is stale, or,
 * behind the back of who asks, when it is half a minute old: that is how an altered configuration gets about.
 */
export class Catalogue {
  readonly #db: Database;
  readonly #byName = new Map<string, Topic>();
  readonly #byNumber = new Map<number, Topic>();
  readonly #refreshAt = new Map<string, number>();
  /** Seals what whoever appends by this catalogue has filled. */
  readonly fullSegments: FullSegments;

  constructor(db: Database) {
    this.#db = db;
    this.fullSegments = new FullSegments(db, (topic) => this.reload(topic));
  }

  /** The topic of that name, where it is known already. */
  known(name: string): Topic | undefined {
    const topic = this.#byName.get(name);
    if (topic) this.#refreshIfOld(topic);
    return topic;
  }

  /**
   * The topic of that name.
   *
   * @throws PostamtError UNKNOWN_TOPIC_OR_PARTITION
   */
  async topic(name: string): Promise<Topic> {
    return this.known(name) ?? this.reload(name);
  }

  /** The topics of those numbers; one that is gone is not among them. */
  async topicsByNumber(
    numbers: Iterable<number>,
  ): Promise<ReadonlyMap<number, Topic>> {
    const missing: number[] = [];
    for (const number of numbers) {
      const topic = this.#byNumber.get(number);
      if (topic) this.#refreshIfOld(topic);
      else missing.push(number);
    }
    if (missing.length > 0) {
      const topics = await this.#db.run(readTopics, [null, missing]);
      for (const topic of topics) this.#keep(topic);
    }
    return this.#byNumber;
  }

  /**
   * Reads the topic again; who appends does so on a connection for writing, since handlers of listeners may hold all of
   * the others and wait for the append.
   *
   * @throws PostamtError UNKNOWN_TOPIC_OR_PARTITION; UNKNOWN_LEADER_EPOCH where the server is behind what was known
   */
  async reload(
    name: string,
    connection: 'reader' | 'writer' = 'reader',
  ): Promise<Topic> {
    const before = this.#byName.get(name);
    const wanted: [string[], null] = [[name], null];
    const [topic] =
      connection === 'writer'
        ? await this.#db.write(readTopics, wanted)
        : await this.#db.run(readTopics, wanted);
    if (topic && before) requireNewer(before, topic);
    this.#forget(name);
    if (topic) return this.#keep(topic);
    throw unknownTopic(name);
  }

  /** Forgets everything; what is asked for next is read anew. */
  clear(): void {
    this.#byName.clear();
    this.#byNumber.clear();
    this.#refreshAt.clear();
  }

  /** Whatever goes wrong with it, whoever works with the topic hears of it too. */
  #refreshIfOld({ name }: Topic): void {
    const now = performance.now();
    if (now < (this.#refreshAt.get(name) ?? Infinity)) return;
    this.#refreshAt.set(name, now + MAX_AGE_MS);
    this.reload(name).catch(() => {});
  }

  #keep(topic: Topic): Topic {
    this.#refreshAt.set(topic.name, performance.now() + MAX_AGE_MS);
    this.#byName.set(topic.name, topic);
    this.#byNumber.set(topic.number, topic);
    return topic;
  }

  #forget(name: string): void {
    const known = this.#byName.get(name);
    this.#byName.delete(name);
    this.#refreshAt.delete(name);
    if (known) this.#byNumber.delete(known.number);
  }
}

/** A primary that was replaced still has the epochs of before: nothing may be appended to it, or read from it. */
function requireNewer(before: Topic, now: Topic): void {
  if (before.id !== now.id) return;
  const known = before.partitions[0]?.leaderEpoch ?? 0;
  const found = now.partitions[0]?.leaderEpoch ?? 0;
  if (found >= known) return;
  throw new PostamtError(
    'UNKNOWN_LEADER_EPOCH',
    `the server has leader epoch ${found} of topic ${now.name}, ${known} was seen before: it is a primary that was replaced; connect to the new one`,
  );
}
