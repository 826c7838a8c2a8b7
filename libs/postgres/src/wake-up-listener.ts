import type { ClientConfig } from 'pg';
import pgListen from 'pg-listen';
import { backoffMs, sleep, type Logger } from '#kernel';

export interface WakeUpListenerOptions {
  readonly connection: ClientConfig;
  readonly channel: string;
  readonly onPayload: (payload: string) => void;
  /** Called whenever listening began or began again: what was sent before it was missed. */
  readonly onGap: () => void;
  readonly logger: Logger;
}

const RETRY = { initialMs: 50, maxMs: 5_000 };
const HEARTBEAT_MS = 30_000;
const HEARTBEAT_TIMEOUT_MS = 10_000;

/**
 * Keeps one connection in LISTEN, through every loss of it. pg-listen gives up after three seconds unless told
 * otherwise, ends the process by an `error` that nobody hears, and never retries a first connect or a LISTEN that
 * failed: whenever it says that something is wrong, it is thrown away here and made anew.
 */
export class WakeUpListener {
  readonly #options: WakeUpListenerOptions;
  readonly #stopping = new AbortController();
  #listening = false;
  readonly #running: Promise<void>;

  constructor(options: WakeUpListenerOptions) {
    this.#options = options;
    this.#running = this.#run();
  }

  /** Whether notifications arrive now. */
  get listening(): boolean {
    return this.#listening;
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#running;
  }

  async #run(): Promise<void> {
    const { signal } = this.#stopping;
    let failures = 0;
    while (!signal.aborted) {
      const began = this.#listenUntilLost(signal);
      failures = (await began) ? 1 : failures + 1;
      await sleep(backoffMs(RETRY, failures), signal);
    }
  }

  /** Listens until that ends; says whether it had begun at all. */
  async #listenUntilLost(signal: AbortSignal): Promise<boolean> {
    const { connection, channel, onPayload, onGap, logger } = this.#options;
    const subscriber = pgListen.default<Record<string, string>>(
      { query_timeout: HEARTBEAT_TIMEOUT_MS, ...connection },
      { paranoidChecking: HEARTBEAT_MS, retryLimit: 0, parse: (s) => s },
    );
    const ended = new Promise<void>((resolve) => {
      signal.addEventListener('abort', () => resolve(), { once: true });
      subscriber.events.on('reconnect', () => resolve());
      subscriber.events.on('error', (err) => {
        logger.warn({ err, channel }, 'lost the connection for wake-ups');
        resolve();
      });
    });
    subscriber.notifications.on(channel, onPayload);
    try {
      await subscriber.connect();
      await subscriber.listenTo(channel);
      this.#listening = true;
      onGap();
      await ended;
      return true;
    } catch (err) {
      logger.warn({ err, channel }, 'cannot listen for wake-ups; polling');
      return false;
    } finally {
      this.#listening = false;
      onGap();
      await subscriber.close().catch(() => {});
    }
  }
}
