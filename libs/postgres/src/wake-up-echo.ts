export interface WakeUpEchoOptions {
  /** How long an echo is good for before the next one is asked for, in milliseconds. */
  readonly heartbeatMs: number;
  /** How long that one may take, in milliseconds. */
  readonly heartbeatTimeoutMs: number;
  /** Sends a probe. */
  readonly probe: () => void;
  /** Called when an echo that was asked for did not come. */
  readonly onLost: () => void;
}

const PROBE = /^\?(\d+)$/;

/**
 * Whether notifications are known to arrive. Only the echo of a probe of this process's own says so, and for a time
 * only: behind a pooler in transaction mode a notification reaches by chance whoever holds the session that listens at
 * that moment, and on a half-open connection nothing arrives any more.
 */
export class WakeUpEcho {
  readonly #options: WakeUpEchoOptions;
  #number = 0;
  #heard = false;
  #timer: NodeJS.Timeout | undefined;

  constructor(options: WakeUpEchoOptions) {
    this.#options = options;
  }

  /** Whether an echo was heard, and none has been missed since. */
  get heard(): boolean {
    return this.#heard;
  }

  /** The key that makes a notification a probe. */
  nextProbe(): string {
    this.#number += 1;
    return `?${this.#number}`;
  }

  /** Takes the first key of a notification of this process's own: whether it is the echo of the last probe. */
  receive(key: string | undefined): void {
    if (Number(PROBE.exec(key ?? '')?.[1]) !== this.#number) return;
    this.#heard = true;
    this.#after(this.#options.heartbeatMs, () => this.#askAgain());
  }

  /** Nothing is known any more. */
  forget(): void {
    this.#heard = false;
    clearTimeout(this.#timer);
  }

  #askAgain(): void {
    this.#after(this.#options.heartbeatTimeoutMs, () => {
      this.forget();
      this.#options.onLost();
    });
    this.#options.probe();
  }

  #after(milliseconds: number, act: () => void): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(act, milliseconds).unref();
  }
}
