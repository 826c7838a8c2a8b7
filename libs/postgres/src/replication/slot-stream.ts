import { Client, type ClientConfig } from 'pg';
import { PgoutputPlugin } from 'pg-logical-replication';
import type { Logger } from '#kernel';
import { asPostamtError } from '../postgres-failure.js';
import {
  StreamedTransactions,
  type StreamedTransaction,
} from './streamed-transactions.js';
import {
  FROM_CONFIRMED,
  readWalsenderMessage,
  statusUpdate,
} from './walsender-message.js';

export interface SlotStreamOptions {
  /** The name of a logical replication slot of this database, with the plugin `pgoutput`. */
  readonly slot: string;
  /** A publication of this database; its tables, if any, are not looked at. */
  readonly publication: string;
  /** The prefix of the logical messages that are wanted. */
  readonly prefix: string;
  readonly logger: Logger;
  /** No more is read while that much is held, in bytes; a transaction that is larger by itself is read to its end. */
  readonly bufferBytes?: number;
  /** How often the server is told the position and asked for a sign of life, in milliseconds; 10,000 by default. */
  readonly statusIntervalMs?: number;
}

const BUFFER_BYTES = 32 * 1024 * 1024;
const STATUS_INTERVAL_MS = 10_000;
/** A stream on which that many status updates went without any answer is lost. */
const SILENT_INTERVALS = 6;
/** How long a connection that is closed waits for the server to close it too. */
const CLOSE_MS = 1_000;

/** What pg has beside its public names: it knows replication connections, its types do not. */
interface ReplicationConnection {
  readonly stream: { pause(): void; resume(): void; destroy(): void };
  on(event: 'copyData', listener: (data: { chunk: Buffer }) => void): void;
  once(event: 'replicationStart', listener: () => void): void;
  sendCopyFromChunk(chunk: Buffer): void;
}

/**
 * What is committed to a database, from its WAL: the logical messages of each transaction, in the order of their
 * COMMITs. Nothing counts as stored before {@link SlotStream.confirm} says so; what was not confirmed comes again with
 * the next stream. The server gives a slot to one stream at a time.
 *
 * The parser and START_REPLICATION are pg-logical-replication's. Its service is not used: it confirms by a timer what
 * was received and not yet stored, confirms one byte too much, and with flow control on tells of keepalives before the
 * data that came ahead of them.
 */
export class SlotStream {
  readonly #options: Required<SlotStreamOptions>;
  readonly #client: Client;
  readonly #connection: ReplicationConnection;
  readonly #plugin: PgoutputPlugin;
  readonly #transactions: StreamedTransactions;
  #timer: NodeJS.Timeout | undefined;
  #confirmed = 0n;
  /** The last transaction that was taken, and what is to be confirmed once the server has sent past a position. */
  #taken = 0n;
  #waiting: { readonly lsn: bigint; readonly until: bigint }[] = [];
  #silent = 0;
  #paused = false;
  #ending: unknown;
  #changed = Promise.withResolvers<void>();

  private constructor(client: Client, options: Required<SlotStreamOptions>) {
    this.#options = options;
    this.#client = client;
    const { connection } = client as unknown as {
      connection: ReplicationConnection;
    };
    this.#connection = connection;
    this.#plugin = new PgoutputPlugin({
      protoVersion: 1,
      publicationNames: [options.publication],
      messages: true,
    });
    this.#transactions = new StreamedTransactions(options.prefix);
    this.#connection.on('copyData', ({ chunk }) => this.#receive(chunk));
  }

  /**
   * Connects and takes the slot.
   *
   * @throws what the server says of the slot (55006: another stream has it); POSTGRES_UNAVAILABLE
   */
  static async open(
    connection: ClientConfig,
    options: SlotStreamOptions,
  ): Promise<SlotStream> {
    const client = new Client({
      ...connection,
      ...({ replication: 'database' } as object),
    });
    const stream = new SlotStream(client, {
      bufferBytes: BUFFER_BYTES,
      statusIntervalMs: STATUS_INTERVAL_MS,
      ...options,
    });
    try {
      await stream.#start();
      return stream;
    } catch (error) {
      await stream.close();
      throw asPostamtError(error);
    }
  }

  /**
   * Waits for whole transactions and takes them, the oldest first, up to about `mostBytes`. Empty when `signal` aborts.
   *
   * @throws what the stream ended with
   */
  async take(
    mostBytes: number,
    signal: AbortSignal,
  ): Promise<StreamedTransaction[]> {
    while (this.#transactions.count === 0 && !signal.aborted) {
      if (this.#ending !== undefined) throw asPostamtError(this.#ending);
      await this.#change(signal);
    }
    if (signal.aborted) return [];
    const taken = this.#transactions.take(mostBytes);
    this.#taken = taken.at(-1)?.endLsn ?? this.#taken;
    if (this.#paused && !this.#isFull) this.#resume();
    return taken;
  }

  /**
   * Tells the server that everything up to the end of a taken transaction is stored for good. With `once`, it is told
   * when it has sent everything before that position: a server with `synchronized_standby_slots` sends nothing that its
   * standbys do not have.
   */
  confirm(endLsn: bigint, once = 0n): void {
    this.#waiting.push({ lsn: endLsn, until: once });
    if (once === 0n) this.#confirmWaiting(0n);
    this.#answer(once > 0n);
  }

  /** Gives the slot back. Idempotent. */
  async close(): Promise<void> {
    this.#end(new Error('the stream was closed'));
    const tearDown = setTimeout(
      () => this.#connection.stream.destroy(),
      CLOSE_MS,
    );
    this.#connection.stream.resume();
    await this.#client.end().catch(() => {});
    clearTimeout(tearDown);
  }

  async #start(): Promise<void> {
    this.#client.on('error', (error) => this.#end(error));
    this.#client.on('end', () => this.#end(new Error('the stream ended')));
    await this.#client.connect();
    const { promise: started, resolve } = Promise.withResolvers<void>();
    this.#connection.once('replicationStart', resolve);
    const streaming = this.#plugin
      .start(this.#client, this.#options.slot, FROM_CONFIRMED)
      .then(() => {
        throw new Error('the server ended the stream');
      });
    streaming.catch((error: unknown) => this.#end(error));
    await Promise.race([started, streaming]);
    const { statusIntervalMs } = this.#options;
    this.#timer = setInterval(() => this.#beat(), statusIntervalMs);
  }

  #receive(chunk: Buffer): void {
    this.#silent = 0;
    try {
      const message = readWalsenderMessage(chunk);
      if (message.kind === 'keepalive') {
        const isDue = this.#keepUp(message.sentUpTo);
        if (message.wantsAnswer || isDue) this.#answer(false);
      } else if (message.kind === 'data') {
        this.#transactions.add(this.#plugin.parse(message.content));
        if (this.#transactions.count > 0) this.#tell();
        if (this.#isFull) this.#pause();
      }
    } catch (error) {
      this.#end(error);
    }
  }

  /**
   * Where nothing is held and nothing is under way, whatever was sent is as good as stored: the slot goes on. Says
   * whether a confirmation waited for this.
   */
  #keepUp(sentUpTo: bigint): boolean {
    const confirmed = this.#confirmWaiting(sentUpTo);
    const isIdle =
      this.#transactions.isEmpty &&
      this.#waiting.length === 0 &&
      this.#confirmed >= this.#taken;
    if (isIdle && sentUpTo > this.#confirmed) this.#confirmed = sentUpTo;
    return confirmed;
  }

  #confirmWaiting(sentUpTo: bigint): boolean {
    const due = this.#waiting.filter(({ until }) => until <= sentUpTo);
    if (due.length === 0) return false;
    this.#waiting = this.#waiting.filter(({ until }) => until > sentUpTo);
    for (const { lsn } of due) if (lsn > this.#confirmed) this.#confirmed = lsn;
    return true;
  }

  #beat(): void {
    if (!this.#paused) this.#silent += 1;
    if (this.#silent > SILENT_INTERVALS)
      this.#end(new Error('the server is silent'));
    else this.#answer(true);
  }

  #answer(askForAnswer: boolean): void {
    if (this.#ending !== undefined) return;
    this.#connection.sendCopyFromChunk(
      statusUpdate(this.#confirmed, askForAnswer),
    );
  }

  get #isFull(): boolean {
    const { count, bytes } = this.#transactions;
    return count > 0 && bytes > this.#options.bufferBytes;
  }

  #pause(): void {
    this.#paused = true;
    this.#connection.stream.pause();
  }

  #resume(): void {
    this.#paused = false;
    this.#connection.stream.resume();
  }

  #end(error: unknown): void {
    if (this.#ending !== undefined) return;
    this.#ending = error;
    clearInterval(this.#timer);
    this.#tell();
  }

  #tell(): void {
    this.#changed.resolve();
    this.#changed = Promise.withResolvers();
  }

  async #change(signal: AbortSignal): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const stop = () => resolve();
    signal.addEventListener('abort', stop);
    await Promise.race([this.#changed.promise, promise]);
    signal.removeEventListener('abort', stop);
  }
}
