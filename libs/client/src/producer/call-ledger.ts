interface Waiter {
  /** Calls with a lower number are waited for. */
  readonly before: number;
  missing: number;
  readonly resolve: () => void;
}

/** Counts the calls that are under way, so that `flush` can wait for those that there are without asking each. */
export class CallLedger {
  #started = 0;
  #unfinished = 0;
  readonly #waiters = new Set<Waiter>();

  /** Notes a call, and gives it its number. */
  start(): number {
    this.#unfinished += 1;
    return this.#started++;
  }

  finish(number: number): void {
    this.#unfinished -= 1;
    for (const waiter of this.#waiters) {
      if (number >= waiter.before) continue;
      waiter.missing -= 1;
      if (waiter.missing > 0) continue;
      this.#waiters.delete(waiter);
      waiter.resolve();
    }
  }

  /** Resolves when the calls started so far have finished, however they went. */
  async finished(): Promise<void> {
    const missing = this.#unfinished;
    if (missing === 0) return;
    await new Promise<void>((resolve) => {
      this.#waiters.add({ before: this.#started, missing, resolve });
    });
  }
}
