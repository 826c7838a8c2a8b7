/** So long a chunk is to take: a partition that is asked for waits for it, and so much is done again when it fails. */
const CHUNK_MS = 1_000;
/** So many records are in a chunk of which nothing is known yet. */
const FIRST = 32;

/** How many records go into one chunk of a handler of single records, by how long it took for the last ones. */
export class ChunkPace {
  readonly #most: number;
  #limit: number;

  constructor(most: number) {
    this.#most = most;
    this.#limit = Math.min(FIRST, most);
  }

  /** So many now. */
  get records(): number {
    return this.#limit;
  }

  /** So many records took so long, in milliseconds. */
  note(records: number, ms: number): void {
    if (records === 0) return;
    const inTime = Math.floor((CHUNK_MS * records) / Math.max(ms, 0.001));
    this.#limit = Math.max(1, Math.min(this.#most, inTime));
  }
}
