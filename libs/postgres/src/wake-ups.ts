import { randomUUID } from 'node:crypto';
import type { ClientConfig } from 'pg';
import { PostamtError, sleep, type Logger } from '#kernel';
import { WakeUpListener } from './wake-up-listener.js';
import { WakeUpWatch } from './wake-up-watch.js';

export interface WakeUpsOptions {
  readonly connection: ClientConfig;
  readonly channel: string;
  readonly send: (text: string, values: unknown[]) => Promise<unknown>;
  readonly logger: Logger;
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
 * until a probe of ours, sent on another connection, or anything else has been heard, waiters look by themselves.
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
  /** Whether a notification came since listening began. */
  #heard = false;
  #listener: WakeUpListener | undefined;
  #retired: Promise<void> = Promise.resolve();
  #closed = false;

  constructor(options: WakeUpsOptions) {
    this.#options = options;
  }

  /** Whether notifications are known to arrive: until then waiters look by themselves. */
  get listening(): boolean {
    return this.#heard;
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
   * Watches `keys` until the watch is closed.
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

  /** Sends what is still to be sent and closes the listening connection. */
  async close(): Promise<void> {
    this.#closed = true;
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
      onPayload: (payload) => this.#receive(payload),
      onGap: (listening) => this.#restart(listening),
    });
  }

  #longestWait(): number {
    if (this.#heard) return Infinity;
    if (this.#listener?.listening && Date.now() > this.#probedAt + PROBE_MS)
      this.#probe();
    return POLL_MS;
  }

  /** Listening began, or ended: whatever was sent meanwhile was missed. */
  #restart(listening: boolean): void {
    this.#heard = false;
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
    this.#heard = false;
    this.#retired = Promise.all([this.#retired, stopped]).then(() => {});
  }

  #receive(payload: string): void {
    this.#heard = true;
    const [sender, ...keys] = payload.split(' ');
    if (sender === this.#sender) return;
    for (const watch of this.#watches) watch.hint(keys);
  }

  /** The first NOTIFY goes out at once; what is marked meanwhile goes together, no sooner than QUIET_MS later. */
  async #flush(): Promise<void> {
    while (this.#dirty.size > 0 || this.#probing) {
      const keys = [...this.#dirty];
      this.#dirty = new Set();
      this.#probing = false;
      await this.#notify(keys);
      await sleep(QUIET_MS);
    }
    this.#flushing = undefined;
  }

  async #notify(keys: string[]): Promise<void> {
    const { channel, send, logger } = this.#options;
    const payload = [this.#sender, ...keys].join(' ');
    const short = Buffer.byteLength(payload) <= MOST_PAYLOAD;
    try {
      await send(NOTIFY, [channel, short ? payload : `${this.#sender} *`]);
    } catch (err) {
      logger.warn(
        { err, channel },
        'could not send a wake-up; others will poll',
      );
    }
  }
}
