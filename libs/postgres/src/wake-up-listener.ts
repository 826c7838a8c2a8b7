import { once } from 'node:events';
import { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { ClientConfig, QueryConfig, QueryResult } from 'pg';
import pgListen, { type Subscriber as PgSubscriber } from 'pg-listen';
import { backoffMs, sleep, type Logger } from '#kernel';
import { withCapturedClient } from './captured-client.js';
import { SideConnection } from './side-connection.js';
import type { RawRow } from './statement.js';

export interface WakeUpListenerOptions {
  readonly connection: ClientConfig;
  readonly channel: string;
  readonly onPayload: (payload: string) => void;
  /** Called whenever listening began, with true, or was lost, with false: what was sent without it was missed. */
  readonly onGap: (listening: boolean) => void;
  readonly logger: Logger;
  /** How often the connection is asked whether it is there still, in milliseconds. */
  readonly heartbeatMs: number;
  /** How long it may take to answer that before it is thrown away, in milliseconds. */
  readonly heartbeatTimeoutMs: number;
}

/** How long a connection that is closed waits for the server to close it too. */
const CLOSE_MS = 1_000;
const RETRY = { initialMs: 50, maxMs: 5_000 };
/** pg-listen counts from 1 and stops below the limit; 0 would be no limit at all. */
const NO_RETRY = 1;

type Subscriber = PgSubscriber<Record<string, string>>;

/** A subscriber with its socket and its client, which pg-listen does not show. */
interface Subscription {
  readonly subscriber: Subscriber;
  readonly socket: Duplex;
  readonly side: SideConnection | undefined;
}

/**
 * Keeps one connection in LISTEN, through every loss of it. pg-listen never retries a first connect or a LISTEN that
 * failed, ends the process by an `error` that nobody hears, and reconnects behind the back of whoever closes it
 * meanwhile, which leaves a connection that nobody can close: so it is told not to reconnect at all, and whenever it says
 * that something is wrong it is thrown away here and made anew.
 */
export class WakeUpListener {
  readonly #options: WakeUpListenerOptions;
  readonly #stopping = new AbortController();
  #listening = false;
  #side: SideConnection | undefined;
  readonly #running: Promise<void>;

  constructor(options: WakeUpListenerOptions) {
    this.#options = options;
    this.#running = this.#run();
  }

  /** Whether this process is in LISTEN now. */
  get listening(): boolean {
    return this.#listening;
  }

  /** Runs a statement on the connection that listens, as {@link SideConnection.ask}. */
  async ask(
    query: QueryConfig,
    limitMs: number,
  ): Promise<QueryResult<RawRow> | undefined> {
    return this.#side?.ask(query, limitMs);
  }

  /** Closes the connection, once what runs on it has ended; also one that is being opened. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#running;
  }

  async #run(): Promise<void> {
    const { signal } = this.#stopping;
    let failures = 0;
    while (!signal.aborted) {
      const began = await this.#listenUntilLost(signal);
      failures = began ? 1 : failures + 1;
      await sleep(backoffMs(RETRY, failures), signal);
    }
  }

  /** Listens until that ends; says whether it had begun at all. */
  async #listenUntilLost(signal: AbortSignal): Promise<boolean> {
    const { channel, logger } = this.#options;
    const ending = new AbortController();
    const end = () => ending.abort();
    const ended = once(ending.signal, 'abort').then(() => false);
    signal.addEventListener('abort', end);
    try {
      const subscription = this.#subscribe(end);
      try {
        const began = this.#begin(subscription);
        if (!(await Promise.race([began, ended]))) return false;
        this.#side = subscription.side;
        this.#enter(true);
        await ended;
        return true;
      } finally {
        this.#side = undefined;
        await this.#close(subscription);
      }
    } catch (err) {
      logger.warn({ err, channel }, 'cannot listen for wake-ups; polling');
      return false;
    } finally {
      signal.removeEventListener('abort', end);
      if (this.#listening) this.#enter(false);
    }
  }

  #subscribe(end: () => void): Subscription {
    const { connection, channel, onPayload, logger } = this.#options;
    const socket = socketFor(connection);
    const { made: subscriber, client } = withCapturedClient(() =>
      pgListen.default<Record<string, string>>(
        {
          query_timeout: this.#options.heartbeatTimeoutMs,
          ...connection,
          stream: () => socket,
        },
        {
          paranoidChecking: this.#options.heartbeatMs,
          retryLimit: NO_RETRY,
          parse: (payload) => payload,
        },
      ),
    );
    const side = client && new SideConnection(client);
    subscriber.notifications.on(channel, onPayload);
    subscriber.events.on('error', (err) => {
      logger.warn({ err, channel }, 'lost the connection for wake-ups');
      side?.leave();
      end();
    });
    return { subscriber, socket, side };
  }

  /**
   * Lets what runs end first, unless the connection is lost. The server of a half-open one never says that it has closed
   * its side: then this one is torn down.
   */
  async #close({ subscriber, socket, side }: Subscription): Promise<void> {
    side?.leave();
    if (this.#stopping.signal.aborted) await side?.finish();
    const tearDown = () => socket.destroy();
    const timer = setTimeout(tearDown, CLOSE_MS);
    await subscriber.close().catch(() => {});
    clearTimeout(timer);
  }

  async #begin({ subscriber, side }: Subscription): Promise<boolean> {
    await subscriber.connect();
    await side?.settle();
    await subscriber.listenTo(this.#options.channel);
    return true;
  }

  #enter(listening: boolean): void {
    this.#listening = listening;
    this.#options.onGap(listening);
  }
}

/** The socket that pg would make, or the one that the caller's own `stream` makes. */
function socketFor({ stream }: ClientConfig): Duplex {
  return stream?.() ?? new Socket();
}
