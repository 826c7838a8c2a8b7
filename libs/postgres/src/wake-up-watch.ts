import { sleep } from '#kernel';

/** Node fires a timer that is longer than this at once. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

/**
 * One waiter for wake-ups. It remembers what was hinted since {@link WakeUpWatch.take}, so that a hint that comes
 * between a read and the wait is not missed.
 */
export class WakeUpWatch {
  readonly #keys: Set<string>;
  readonly #hinted = new Set<string>();
  readonly #longestWait: () => number;
  readonly #onClose: (watch: WakeUpWatch) => void;
  #waking = new AbortController();
  #closed = false;

  constructor(options: {
    keys: Iterable<string>;
    /** The longest that a wait may last now, in milliseconds: short while nobody listens. */
    longestWait: () => number;
    onClose: (watch: WakeUpWatch) => void;
  }) {
    this.#keys = new Set(options.keys);
    this.#longestWait = options.longestWait;
    this.#onClose = options.onClose;
  }

  /** Watches these keys too. Whoever adds one reads once after it: what was hinted of it before went unheard. */
  add(keys: Iterable<string>): void {
    for (const key of keys) this.#keys.add(key);
  }

  /** Watches these keys no more, and forgets what was hinted of them. */
  remove(keys: Iterable<string>): void {
    for (const key of keys) {
      this.#keys.delete(key);
      this.#hinted.delete(key);
    }
    if (this.#hinted.size === 0) this.#rest();
  }

  /** Notes what was hinted of the keys that are watched; `*` stands for all of them. */
  hint(keys: Iterable<string>): void {
    for (const key of keys) {
      if (key === '*') for (const own of this.#keys) this.#hinted.add(own);
      else if (this.#keys.has(key)) this.#hinted.add(key);
    }
    if (this.#hinted.size > 0) this.#wake();
  }

  /** Whether something was hinted since {@link WakeUpWatch.take}. */
  get hinted(): boolean {
    return this.#hinted.size > 0;
  }

  /** What was hinted since the last call; empties it. */
  take(): string[] {
    const keys = [...this.#hinted];
    this.#hinted.clear();
    this.#rest();
    return keys;
  }

  /** Waits until something is hinted, `milliseconds` have passed or `signal` aborts, whatever comes first. */
  async wait(milliseconds: number, signal?: AbortSignal): Promise<void> {
    const waking = this.#waking.signal;
    const longest = Math.min(
      milliseconds,
      this.#longestWait(),
      LONGEST_TIMER_MS,
    );
    await sleep(longest, signal ? AbortSignal.any([waking, signal]) : waking);
  }

  /** Lets the next wait be one. */
  #rest(): void {
    const { aborted } = this.#waking.signal;
    if (aborted && !this.#closed) this.#waking = new AbortController();
  }

  /** With a reason of our own: without one each call would build an error with its stack. */
  #wake(): void {
    if (!this.#waking.signal.aborted) this.#waking.abort('hinted');
  }

  /** Ends the watch and whoever waits on it; the last one to end closes the listening connection. */
  close(): void {
    this.#closed = true;
    this.#wake();
    this.#onClose(this);
  }
}
