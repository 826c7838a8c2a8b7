import { randomUUID } from 'node:crypto';
import type { ClientConfig, QueryConfig, QueryResult } from 'pg';
import { PostamtError, sleep, type Logger } from '#kernel';
import type { RawRow } from './statement.js';
import { WakeUpEcho } from './wake-up-echo.js';
import { WakeUpListener } from './wake-up-listener.js';
import { WakeUpWatch } from './wake-up-watch.js';

export interface WakeUpsOptions {
  readonly connection: ClientConfig;
  readonly channel: string;
  readonly send: (text: string, values: unknown[]) => Promise<unknown>;
  readonly logger: Logger;
  /**
   * How long notifications are taken to arrive without a sign of it, in milliseconds; 30,000 by default. So often the
   * listening connection is asked whether it is there, and a NOTIFY sent that has to come back by it.
   */
  readonly heartbeatMs?: number;
  /** How long either may take before waiters look by themselves, in milliseconds; 10,000 by default. */
  readonly heartbeatTimeoutMs?: number;
}

/** At most one NOTIFY in this time: a commit that bears one holds a lock of the whole cluster. */
const QUIET_MS = 3;
/** NOTIFY takes less than 8,000 bytes. */
const MOST_PAYLOAD = 7_000;
/** How often waiters look by themselves while LISTEN does not work. */
const POLL_MS = 250;
/** How long a probe may be without an echo before another one is sent. */
const PROBE_MS = 10_000;

const NOTIFY =
  "select set_config('synchronous_commit', 'off', true), pg_notify($1, $2)";

/**
 * Hints that there may be something new to read, under keys such as `p12` (partition 12) and `s5` (shard 5 of the
 * outbox). They shorten waiting and are never the truth: reading is correct without any of them.
 *
 * After a COMMIT the caller marks keys: waiters of this process wake at once, other processes hear of it by one NOTIFY
 * for everything marked within a few milliseconds, in a transaction of its own. One connection listens while anybody
 * watches. A LISTEN that succeeds proves nothing (a pooler in transaction mode takes it and forwards no notification):
 * until a probe of ours, sent on another connection, has been heard, and whenever one is not, waiters look by themselves.
 */
export class WakeUps {
  readonly #options: WakeUpsOptions;
  readonly #watches = new Set<WakeUpWatch>();
  /** Stands before each payload, so that this process can pass over what it sent itself. */
  readonly #sender = randomUUID().slice(0, 8);
  #dirty = new Set<string>();
  #flushing: Promise<void> | undefined;
  #probing = false;
  #probedAt = 0;
  readonly #echo: WakeUpEcho;
  readonly #heartbeat: { heartbeatMs: number; heartbeatTimeoutMs: number };
  #listener: WakeUpListener | undefined;
  #retired: Promise<void> = Promise.resolve();
  #closed = false;

  constructor(options: WakeUpsOptions) {
    this.#options = options;
    const { heartbeatMs = 30_000, heartbeatTimeoutMs = 10_000 } = options;
    this.#heartbeat = { heartbeatMs, heartbeatTimeoutMs };
    this.#echo = new WakeUpEcho({
      ...this.#heartbeat,
      probe: () => this.#probe(),
      onLost: () => this.#restart(this.#listener?.listening ?? false),
    });
  }

  /** Whether notifications are known to arrive: until then waiters look by themselves. */
  get listening(): boolean {
    return this.#echo.heard;
  }

  /** Tells waiters here at once, and those in other processes soon. Call it after the COMMIT. */
  mark(keys: Iterable<string>): void {
    if (this.#closed) return;
    const list = [...keys];
    for (const watch of this.#watches) watch.hint(list);
    for (const key of list) this.#dirty.add(key);
    if (this.#dirty.size > 0) this.#flushing ??= this.#flush();
  }

  /**
   * Watches `keys`, and those added later, until the watch is closed.
   *
   * @throws PostamtError CLOSED
   */
  watch(keys: Iterable<string>): WakeUpWatch {
    if (this.#closed) {
      throw new PostamtError(
        'CLOSED',
        'these wake-ups were closed with their database; open another one',
      );
    }
    const watch = new WakeUpWatch({
      keys,
      longestWait: () => this.#longestWait(),
      onClose: (closed) => this.#forget(closed),
    });
    this.#watches.add(watch);
    this.#listener ??= this.#listen();
    return watch;
  }

  /**
   * Runs a short statement, READ COMMITTED in a transaction of its own, on the connection that listens; for
   * {@link Database} only.
   *
   * @param limitMs how long nothing may come before the connection is thrown away, in milliseconds; 0 = for ever
   * @returns undefined where nothing was sent: nobody watches, LISTEN is not there, or goes through a pooler
   */
  async ask(
    query: QueryConfig,
    limitMs: number,
  ): Promise<QueryResult<RawRow> | undefined> {
    return this.#listener?.ask(query, limitMs);
  }

  /** Sends what is still to be sent and closes the listening connection. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#echo.forget();
    await this.#flushing;
    for (const watch of new Set(this.#watches)) watch.close();
    await this.#retired;
  }

  #listen(): WakeUpListener {
    const { connection, channel, logger } = this.#options;
    return new WakeUpListener({
      connection,
      channel,
      logger,
      ...this.#heartbeat,
      onPayload: (payload) => this.#receive(payload),
      onGap: (listening) => this.#restart(listening),
    });
  }

  #longestWait(): number {
    if (this.#echo.heard) return Infinity;
    if (this.#listener?.listening && Date.now() > this.#probedAt + PROBE_MS)
      this.#probe();
    return POLL_MS;
  }

  /** Listening began, or ended, or is in doubt: whatever was sent meanwhile was missed. */
  #restart(listening: boolean): void {
    this.#echo.forget();
    for (const watch of this.#watches) watch.hint(['*']);
    if (listening) this.#probe();
  }

  #probe(): void {
    if (this.#closed) return;
    this.#probing = true;
    this.#probedAt = Date.now();
    this.#flushing ??= this.#flush();
  }

  #forget(watch: WakeUpWatch): void {
    this.#watches.delete(watch);
    if (this.#watches.size > 0 || !this.#listener) return;
    const stopped = this.#listener.stop();
    this.#listener = undefined;
    this.#echo.forget();
    this.#retired = Promise.all([this.#retired, stopped]).then(() => {});
  }

  #receive(payload: string): void {
    const [sender, ...keys] = payload.split(' ');
    if (sender === this.#sender) return this.#echo.receive(keys[0]);
    for (const watch of this.#watches) watch.hint(keys);
  }

  /** The first NOTIFY goes out at once; what is marked meanwhile goes together, no sooner than QUIET_MS later. */
  async #flush(): Promise<void> {
    while (this.#dirty.size > 0 || this.#probing) {
      const head = [this.#sender];
      if (this.#probing) head.push(this.#echo.nextProbe());
      const keys = [...this.#dirty];
      this.#dirty = new Set();
      this.#probing = false;
      await this.#notify(head, keys);
      await sleep(QUIET_MS);
    }
    this.#flushing = undefined;
  }

  async #notify(head: string[], keys: string[]): Promise<void> {
    const { channel, send, logger } = this.#options;
    const payload = [...head, ...keys].join(' ');
    const short = Buffer.byteLength(payload) <= MOST_PAYLOAD;
    try {
      await send(NOTIFY, [channel, short ? payload : `${head.join(' ')} *`]);
    } catch (err) {
      logger.warn(
        { err, channel },
        'could not send a wake-up; others will poll',
      );
    }
  }
}
