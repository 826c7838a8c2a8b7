import { performance } from 'node:perf_hooks';

const FRESH_MS = 1_000;

/** Reads something for all who ask within a second; undefined where it cannot be read. */
export class SharedReading<Value> {
  readonly #read: () => Promise<Value | undefined>;
  #reading: Promise<Value | undefined> | undefined;
  #begunAt = -Infinity;
  #isUnderWay = false;

  constructor(read: () => Promise<Value | undefined>) {
    this.#read = read;
  }

  async value(): Promise<Value | undefined> {
    const isFresh = performance.now() - this.#begunAt < FRESH_MS;
    if (!this.#reading || (!isFresh && !this.#isUnderWay)) {
      this.#begunAt = performance.now();
      this.#reading = this.#once();
    }
    return this.#reading;
  }

  async #once(): Promise<Value | undefined> {
    this.#isUnderWay = true;
    try {
      return await this.#read();
    } catch {
      return undefined;
    } finally {
      this.#isUnderWay = false;
    }
  }
}
