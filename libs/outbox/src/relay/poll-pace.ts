const SHORTEST_MS = 250;
const GROWTH = 1.5;

/**
 * When a relay looks although nothing woke it. Once such a look has found something, somebody publishes whom nobody
 * hears (plain SQL, a process that cannot notify): the next look comes soon, and then later and later while none finds
 * anything, up to the longest interval. Milliseconds of any clock that only goes forward.
 */
export class PollPace {
  readonly #longestMs: number;
  #intervalMs: number;
  #at: number;

  constructor(longestMs: number, now: number) {
    this.#longestMs = longestMs;
    this.#intervalMs = longestMs;
    this.#at = now + longestMs;
  }

  waitMs(now: number): number {
    return Math.max(0, this.#at - now);
  }

  /** Says whether the look that was due found something that had not been announced. */
  looked(found: boolean, now: number): void {
    this.#intervalMs = Math.min(
      this.#longestMs,
      found ? SHORTEST_MS : this.#intervalMs * GROWTH,
    );
    this.#at = now + this.#intervalMs;
  }
}
