import { performance } from 'node:perf_hooks';

/** Who waits for a slot. */
interface Waiter {
  readonly resolve: (got: boolean) => void;
  readonly timer: NodeJS.Timeout;
}

/** Calls that last so long or less are brisk: it pays to have the next one's transaction open when one ends. */
const BRISK_MS = 20;
/** A transaction that is open waits so long for its turn, and is then taken back: it holds a connection and locks. */
const PATIENCE_MS = 50;

/** How many calls of the handler may be under way at once; who comes first goes first. */
export class HandlerSlots {
  readonly #count: number;
  readonly #waiters: Waiter[] = [];
  #taken = 0;
  /** How long the last call took, in milliseconds; no call is yet known to be brisk. */
  #lastMs = Number.POSITIVE_INFINITY;

  constructor(count: number) {
    this.#count = count;
  }

  /** Whether calls are so short that it pays to prepare the next one while one is under way. */
  get isBrisk(): boolean {
    return this.#lastMs <= BRISK_MS;
  }

  /** Takes a slot, waiting for it; false where none was free in time. */
  async take(): Promise<boolean> {
    if (this.#taken < this.#count) {
      this.#taken += 1;
      return true;
    }
    const { promise, resolve } = Promise.withResolvers<boolean>();
    const timer = setTimeout(() => this.#tire(waiter), PATIENCE_MS);
    const waiter = { resolve, timer };
    this.#waiters.push(waiter);
    return promise;
  }

  /** Gives a slot back, to who waits the longest. */
  give(takenAt: number): void {
    this.#lastMs = performance.now() - takenAt;
    const next = this.#waiters.shift();
    if (!next) {
      this.#taken -= 1;
      return;
    }
    clearTimeout(next.timer);
    next.resolve(true);
  }

  #tire(waiter: Waiter): void {
    const at = this.#waiters.indexOf(waiter);
    this.#waiters.splice(at, 1);
    this.#lastMs = Number.POSITIVE_INFINITY;
    waiter.resolve(false);
  }
}
