import { isPostamtError } from '#kernel';
import type { Database } from '#postgres';
import { rollSegment } from './roll-segment.js';
import { segmentSize } from './sql/segment-size.js';
import type { Topic } from './topic.js';

/** A leaf is looked at whenever this share of `segment.bytes` was appended to it by this process. */
const LOOKS_A_SEGMENT = 16;

/** Seals segments that have reached `segment.bytes`, in the background of those who fill them. */
export class FullSegments {
  readonly #db: Database;
  readonly #reload: (topic: string) => Promise<unknown>;
  readonly #grown = new Map<number, number>();
  readonly #looking = new Set<number>();

  constructor(db: Database, reload: (topic: string) => Promise<unknown>) {
    this.#db = db;
    this.#reload = reload;
  }

  /** Notes that so many bytes were appended to a topic. It does not wait, and never throws. */
  grew(topic: Topic, bytes: number): void {
    const grown = (this.#grown.get(topic.number) ?? 0) + bytes;
    this.#grown.set(topic.number, grown);
    const enough = grown >= topic.config.segmentBytes / LOOKS_A_SEGMENT;
    if (!enough || this.#looking.has(topic.number)) return;
    this.#looking.add(topic.number);
    this.#grown.set(topic.number, 0);
    void this.#look(topic);
  }

  async #look(topic: Topic): Promise<void> {
    try {
      const [size] = await this.#db.run(segmentSize, [topic.number]);
      if (size === undefined || size < topic.config.segmentBytes) return;
      if (await rollSegment(this.#db, topic.name))
        await this.#reload(topic.name);
    } catch (err) {
      // Whoever appends next finds it as full as it is now.
      if (isPostamtError(err, 'CLOSED')) return;
      this.#db.logger.warn({ err, topic: topic.name }, 'could not seal a leaf');
    } finally {
      this.#looking.delete(topic.number);
    }
  }
}
