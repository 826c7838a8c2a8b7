import type { Transaction } from 'kysely';
import type { ClientBase } from 'pg';
import { PostamtError } from '#kernel';
import { lockKeys, takeLocks, type LockKind } from './advisory-lock.js';
import { commitFailure, sendCommit, unknown } from './commit-outcome.js';
import { pinnedKysely } from './pinned-kysely.js';
import { asPostamtError, sqlStateOf } from './postgres-failure.js';
import type { SqlExecutor } from './sql-executor.js';
import type { BoundStatement, RawRow, Statement } from './statement.js';
import { beginText, type TxSettings } from './tx-settings.js';

/** What a transaction has to know of the installation that it works on. */
export interface TxContext {
  readonly schema: string;
  /** The oid of the schema: the first part of every lock's key. */
  readonly installation: number;
  /** Whether statements are sent by name; not behind a pooler that cannot keep them. */
  readonly preparedStatements: boolean;
}

/**
 * One transaction on one pinned client. `run` sends hot statements, `db` is Kysely on the same client, `query` makes it
 * a {@link SqlExecutor}. It is begun and ended by `Database.transaction`, or ended early by {@link Tx.writeAndCommit}.
 */
export class Tx<DB = unknown> implements SqlExecutor {
  readonly schema: string;
  readonly #client: ClientBase;
  readonly #context: TxContext;
  readonly #afterCommit: (() => void)[] = [];
  #state: 'open' | 'committed' | 'lost' = 'open';
  #db: Transaction<DB> | undefined;

  constructor(client: ClientBase, context: TxContext) {
    this.#client = client;
    this.#context = context;
    this.schema = context.schema;
  }

  /** Kysely on this transaction's client. It can neither begin nor commit. */
  get db(): Transaction<DB> {
    this.#db ??= pinnedKysely<DB>(this.#client);
    return this.#db;
  }

  get isOpen(): boolean {
    return this.#state === 'open';
  }

  /** Runs a hot statement and maps its rows. */
  async run<Values extends readonly unknown[], Row>(
    statement: Statement<Values, Row>,
    values: Values,
  ): Promise<Row[]> {
    const rows = await this.#send({ ...statement, values });
    return rows.map((row) => statement.mapRow(row));
  }

  /** Runs SQL of the caller's; `$1`-style parameters. */
  async query(text: string, values: unknown[] = []) {
    this.#assertOpen();
    try {
      return await this.#client.query<RawRow>(text, values);
    } catch (error) {
      throw asPostamtError(error);
    }
  }

  /** Waits for locks of one kind and holds them until the end of the transaction; taken by ascending id. */
  async lock(kind: LockKind, ids: readonly number[]): Promise<void> {
    await this.run(takeLocks, [this.lockKeys(kind, ids)]);
  }

  /** The keys of several locks of one kind, in the order in which they may be taken. */
  lockKeys(kind: LockKind, ids: readonly number[]): bigint[] {
    return lockKeys(this.#context.installation, kind, ids);
  }

  /** Has `hook` called once this transaction has committed, before the caller hears of it. It must not throw. */
  onCommit(hook: () => void): void {
    this.#afterCommit.push(hook);
  }

  /**
   * Sends the statements and COMMIT in one flight and returns each one's rows: between the first lock that they take and
   * COMMIT there is no round trip to this process, so that a stopped client holds nobody up (on a pipelined client; on
   * another they go one by one). The transaction is over when this resolves or throws.
   *
   * @throws the first statement's error (nothing was committed); OUTCOME_UNKNOWN when the connection broke.
   */
  async writeAndCommit(
    statements: readonly BoundStatement[],
  ): Promise<RawRow[][]> {
    this.#assertOpen();
    const sent = statements.map((statement) => this.#submit(statement));
    const committing = sendCommit(this.#client);
    const results = await Promise.allSettled(sent);
    const report = await committing;
    this.#state = 'lost';
    const failed = results.find((result) => result.status === 'rejected');
    if (failed) throw flightFailure(failed.reason);
    this.#finish(commitFailure(report));
    return results.map((r) => (r as PromiseFulfilledResult<RawRow[]>).value);
  }

  /** Opens the transaction; for {@link Database} only. */
  async begin(settings: TxSettings): Promise<void> {
    await this.#client.query(beginText(settings));
  }

  /** Commits; for {@link Database} only. */
  async commit(): Promise<void> {
    const report = await sendCommit(this.#client);
    this.#state = 'lost';
    this.#finish(commitFailure(report));
  }

  /** Rolls back; for {@link Database} only. Says whether the client is fit for further use. */
  async rollback(): Promise<boolean> {
    this.#state = 'lost';
    try {
      await this.#client.query('rollback');
      return true;
    } catch {
      return false;
    }
  }

  #finish(failure: unknown): void {
    if (failure !== undefined) throw failure;
    this.#state = 'committed';
    for (const hook of this.#afterCommit) hook();
  }

  async #send(statement: BoundStatement): Promise<RawRow[]> {
    try {
      return await this.#submit(statement);
    } catch (error) {
      throw asPostamtError(error);
    }
  }

  async #submit(statement: BoundStatement): Promise<RawRow[]> {
    this.#assertOpen();
    const { rows } = await this.#client.query<RawRow>({
      ...(this.#context.preparedStatements && {
        name: `${this.schema}.${statement.name}`,
      }),
      text: statement.text(this.schema),
      values: [...statement.values],
    });
    return rows;
  }

  #assertOpen(): void {
    if (this.#state === 'open') return;
    throw new PostamtError(
      'CLOSED',
      'this transaction is over; begin another one',
    );
  }
}

/**
 * A statement that the server refused means that nothing was committed, COMMIT behind it or not. Anything else (the
 * socket broke) leaves open how far the server came: the whole flight had been sent.
 */
function flightFailure(error: unknown): unknown {
  if (sqlStateOf(error) !== undefined) return asPostamtError(error);
  if (error instanceof PostamtError || error instanceof TypeError) return error;
  return unknown(
    `the connection was lost during a write (${(error as Error).message})`,
    error,
  );
}

/** A transaction, as far as the engine's own statements go: of whatever tables the user has. */
export type EngineTx = Omit<Tx, 'db'>;
