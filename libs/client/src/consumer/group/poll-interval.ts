/** Says when a consumer has not been polled for too long (`max.poll.interval.ms`). A poll that waits is a poll. */
export class PollInterval {
  readonly #intervalMs: number;
  readonly #onExceeded: () => void;
  #timer: NodeJS.Timeout | undefined;

  constructor(intervalMs: number, onExceeded: () => void) {
    this.#intervalMs = intervalMs;
    this.#onExceeded = onExceeded;
  }

  /** A poll begins, or there will be none. */
  stop(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  /** A poll has ended. */
  start(): void {
    this.stop();
    this.#timer = setTimeout(this.#onExceeded, this.#intervalMs);
    this.#timer.unref();
  }
}
