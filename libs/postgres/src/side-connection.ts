import type { Client, QueryConfig, QueryResult } from 'pg';
import { answeredWithin } from './answer-limit.js';
import { isConnectionLoss } from './postgres-failure.js';
import type { RawRow } from './statement.js';

/**
 * For the session, since a statement alone cannot say it, and by SQL, since poolers refuse it at start-up. Only where
 * the session is this connection's own: through a pooler others would inherit it.
 */
const SETTLE = `select set_config('default_transaction_isolation', 'read committed', false),
  set_config('default_transaction_read_only', 'off', false)
  where pg_backend_pid() = $1`;
/** pg's own limit, which the client has for pg-listen's questions, is not that of a statement here; 0 would not undo it. */
const NO_QUERY_TIMEOUT = { query_timeout: 2 ** 31 - 1 };

/**
 * Runs short statements on the connection that listens, one after the other, each READ COMMITTED in a transaction of its
 * own. The server sends notifications between them only, and pg-listen's question whether the connection is there still
 * waits for its turn too: a statement that takes long holds up the former, and may cost the connection by the latter.
 *
 * It asks and never closes: a connection on which no answer comes in time is broken off, and whoever owns it hears of
 * that as of any other loss.
 */
export class SideConnection {
  readonly #client: Client;
  #isReady = false;
  #last: Promise<unknown> = Promise.resolve();

  constructor(client: Client) {
    this.#client = client;
    client.once('error', () => this.leave());
  }

  /** Gets it ready, once the client has connected. Through a pooler it never is. */
  async settle(): Promise<void> {
    const { processID } = this.#client as { processID?: number };
    const { rowCount } = await this.#client.query(SETTLE, [processID]);
    this.#isReady = rowCount === 1;
  }

  /**
   * Runs a statement after those that were asked for before.
   *
   * @param limitMs how long nothing may come before the connection is broken off, in milliseconds; 0 = for ever
   * @returns undefined where nothing was sent, because the connection is not to be used, or no more
   */
  async ask(
    query: QueryConfig,
    limitMs: number,
  ): Promise<QueryResult<RawRow> | undefined> {
    const asked = this.#last.then(() => this.#send(query, limitMs));
    this.#last = asked.catch(() => {});
    return asked;
  }

  /** Takes no more, not even what waits for its turn. */
  leave(): void {
    this.#isReady = false;
  }

  /** As {@link SideConnection.leave}, and waits until what runs has ended. */
  async finish(): Promise<void> {
    this.leave();
    await this.#last;
  }

  async #send(
    query: QueryConfig,
    limitMs: number,
  ): Promise<QueryResult<RawRow> | undefined> {
    if (!this.#isReady) return undefined;
    try {
      return await answeredWithin(this.#client, limitMs, () =>
        this.#client.query<RawRow>({ ...query, ...NO_QUERY_TIMEOUT }),
      );
    } catch (error) {
      // A server that ends a session tells the statement; the client learns of it only from the socket's end.
      if (isConnectionLoss(error)) this.leave();
      throw error;
    }
  }
}
