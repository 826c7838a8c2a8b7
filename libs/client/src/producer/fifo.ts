const LEAST_WASTE = 1_024;

/** First in, first out, at the same price however many wait: `Array.shift` moves all the others once there are 50,000. */
export class Fifo<T> {
  #items: (T | undefined)[] = [];
  #start = 0;

  get length(): number {
    return this.#items.length - this.#start;
  }

  get first(): T | undefined {
    return this.#items[this.#start];
  }

  push(item: T): void {
    this.#items.push(item);
  }

  /** Takes the first one out. */
  shift(): T | undefined {
    const { first } = this;
    if (this.length === 0) return undefined;
    this.#items[this.#start] = undefined;
    this.#start += 1;
    const isWasteful = this.#start * 2 > this.#items.length;
    if (this.#start >= LEAST_WASTE && isWasteful) {
      this.#items = this.#items.slice(this.#start);
      this.#start = 0;
    }
    return first;
  }
}
