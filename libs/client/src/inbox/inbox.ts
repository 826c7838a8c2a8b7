import { PostamtError } from '#kernel';
import {
  inTransactionOf,
  schemaName,
  sqlStateOf,
  type CallerTransaction,
  type SqlExecutor,
} from '#postgres';
import type { RecordHandler } from '../listener/listener-options.js';
import type { RecordContext } from '../listener/record-context.js';
import {
  INBOX_SCHEMA,
  inboxSql,
  type InboxInstallOptions,
} from './inbox-sql.js';
import { messageIdOf, requireStorable } from './message-id.js';

/** What became of a message: its effects were written in the transaction, or had been before. */
export type InboxOutcome = 'handled' | 'duplicate';

/**
 * What cleaning did. `opened`: it is a new day, and the oldest part was emptied for it. `current`: nothing is due.
 * `waiting`: something is due and cannot be done before transactions end that began long ago; nothing is lost by it.
 */
export type InboxCleaning = 'opened' | 'current' | 'waiting';

/** A handler with the transaction of its effects, for {@link Inbox.wrap}. */
export interface InboxHandler<
  Target extends CallerTransaction,
  DB,
  Key,
  Value,
> {
  /** Whose effects these are: the listener's group, for example. Another consumer handles the same message again. */
  readonly consumer: string;
  /** Runs `work` in a transaction of the database of the effects, and commits it. */
  transaction(work: (tx: Target) => Promise<void>): Promise<unknown>;
  handler(
    value: Value | null,
    record: RecordContext<DB, Key>,
    tx: Target,
  ): Promise<void> | void;
}

const SAVEPOINT = 'postamt_inbox';
/** undefined_table, undefined_function, invalid_schema_name: there is no inbox. */
const MISSING = ['42P01', '42883', '3F000'];

/**
 * Lets a consumer have its effects once in a database other than the log's: the id of each message is written into a
 * table there, in the transaction of the effects. Ids are kept for `retentionDays` at least.
 *
 * @example
 * await Inbox.install(effectsPool); // once; or print Inbox.sql() into a migration of your own
 * const inbox = new Inbox();
 * await kysely.transaction().execute((tx) =>
 *   inbox.once(tx, 'invoices', messageId, async () => {
 *     await tx.insertInto('invoice').values({ … }).execute();
 *   }),
 * );
 */
export class Inbox {
  readonly schema: string;

  /** @throws PostamtError INVALID_CONFIG for a schema's name that cannot be used */
  constructor(options: { readonly schema?: string } = {}) {
    this.schema = schemaName(options.schema ?? INBOX_SCHEMA);
  }

  /** The one statement that installs an inbox, for a migration of your own; it may be run again. */
  static sql(options: InboxInstallOptions = {}): string {
    return inboxSql(options);
  }

  /** Installs an inbox in the database of the effects, or adds what is missing of it. */
  static async install(
    executor: SqlExecutor,
    options: InboxInstallOptions = {},
  ): Promise<void> {
    await executor.query(inboxSql(options));
  }

  /**
   * Runs `effects` unless this consumer has had them of this message. The id is written in the caller's transaction: it
   * is there if and only if that commits. Of two transactions with one message, the second waits for the first. When
   * `effects` throws, what it wrote is undone to the savepoint before it, and the error comes through.
   *
   * @throws PostamtError INVALID_VALUE for an id or a consumer that is no usable string, or something that is no
   * transaction; INVALID_CONFIG where no inbox is installed; NOT_SUPPORTED in a transaction that is not READ COMMITTED
   */
  async once(
    tx: CallerTransaction,
    consumer: string,
    messageId: string,
    effects: () => Promise<void> | void,
  ): Promise<InboxOutcome> {
    requireStorable('the consumer', consumer);
    requireStorable('the message id', messageId);
    const executor = inTransactionOf(tx, 'the inbox');
    await executor.query(`savepoint ${SAVEPOINT}`);
    try {
      const isNew = await this.#claim(executor, consumer, messageId);
      if (isNew) await effects();
      await executor.query(`release savepoint ${SAVEPOINT}`);
      return isNew ? 'handled' : 'duplicate';
    } catch (error) {
      await undo(executor);
      throw error;
    }
  }

  /**
   * Wraps a handler of a listener that is not transactional, so that its effects come once in a database other than the
   * log's. A message is known by its header `id`, as the outbox sets it, or else by topic, partition and offset.
   */
  wrap<Target extends CallerTransaction, DB, Key, Value>(
    wrapped: InboxHandler<Target, DB, Key, Value>,
  ): RecordHandler<DB, Key, Value> {
    requireStorable('the consumer', wrapped.consumer);
    return async (value, record) => {
      await wrapped.transaction(async (tx) => {
        await this.once(tx, wrapped.consumer, messageIdOf(record), () =>
          wrapped.handler(value, record, tx),
        );
      });
    };
  }

  /**
   * Opens the day's part, and empties the one whose time is over. `once` does it by itself where it is the first to write
   * in its transaction; call this daily where it is not. Give a pool or a client, outside of a transaction.
   */
  async clean(executor: SqlExecutor): Promise<InboxCleaning> {
    const text = `select ${this.schema}.inbox_roll() as step`;
    const step = async () => (await this.#query(executor, text)).rows[0]?.step;
    const first = await step();
    return (first === 'marked' ? await step() : first) as InboxCleaning;
  }

  async #claim(executor: SqlExecutor, consumer: string, messageId: string) {
    const text = `select ${this.schema}.inbox_claim($1, $2) as is_new`;
    const { rows } = await this.#query(executor, text, [consumer, messageId]);
    return rows[0]?.is_new === true;
  }

  async #query(executor: SqlExecutor, text: string, values: unknown[] = []) {
    try {
      return await executor.query(text, values);
    } catch (error) {
      throw this.#translated(error);
    }
  }

  #translated(error: unknown): unknown {
    const state = sqlStateOf(error) ?? '';
    if (MISSING.includes(state)) {
      const words = `there is no inbox in the schema ${this.schema}: run Inbox.install in the database of the effects`;
      return new PostamtError('INVALID_CONFIG', words, { cause: error });
    }
    if (state !== '0A000') return error;
    return new PostamtError('NOT_SUPPORTED', (error as Error).message, {
      cause: error,
    });
  }
}

/** Where this fails, the connection or the transaction is gone, and the claim with it. */
async function undo(executor: SqlExecutor): Promise<void> {
  try {
    await executor.query(`rollback to savepoint ${SAVEPOINT}`);
    await executor.query(`release savepoint ${SAVEPOINT}`);
  } catch {
    // The error that led here says more.
  }
}
