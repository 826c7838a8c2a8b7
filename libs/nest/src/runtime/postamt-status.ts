import type { RelayStatus } from '#outbox';
import type { PostamtRuntime } from './postamt-runtime.js';
import type { SubscriptionStatus } from './running-part.js';

/**
 * How Postamt is doing in this process, for a health check.
 *
 * @example
 * constructor(private readonly postamt: PostamtStatus) {}
 *
 * get healthy() {
 *   return this.postamt.listeners.every(({ state }) => state === 'running');
 * }
 */
export class PostamtStatus {
  readonly #runtime: PostamtRuntime;

  constructor(runtime: PostamtRuntime) {
    this.#runtime = runtime;
  }

  /** Undefined where no relay runs in this process. */
  get relay(): RelayStatus | undefined {
    return this.#runtime.relay?.status;
  }

  /** One for each `@Subscribe`. */
  get listeners(): SubscriptionStatus[] {
    return this.#runtime.parts.flatMap(({ statuses }) => statuses);
  }
}
