import type { Transaction } from 'kysely';
import type { ClientBase } from 'pg';
import { isPostamtError, PostamtError } from '#kernel';
import { lockKeys, takeLocks, type LockKind } from './advisory-lock.js';
import { answeredWithin } from './answer-limit.js';
import {
  commitFailure,
  flightFailure,
  sendCommit,
  sendFlight,
  type CommitReport,
} from './commit-outcome.js';
import {
  BEGIN_STEP,
  COMMIT_STEP,
  openingSteps,
  type FlightPlan,
} from './flight-plan.js';
import { Flight, type FlightStep } from './flight.js';
import { pinnedKysely } from './pinned-kysely.js';
import {
  asPostamtError,
  beginFailure,
  transient,
  isConnectionLoss,
  sqlStateOf,
} from './postgres-failure.js';
import type { SqlExecutor } from './sql-executor.js';
import {
  preparedName,
  type BoundStatement,
  type RawRow,
  type Statement,
} from './statement.js';
import {
  SETTINGS_TEXT,
  settingsValues,
  type TxSettings,
} from './tx-settings.js';

/** BEGIN and the settings. */
const SETTING_STEPS = 2;

/** What a transaction has to know of the installation that it works on. */
export interface TxContext {
  readonly schema: string;
  /** The oid of the schema: the first part of every lock's key. */
  readonly installation: number;
  /** Whether statements are sent by name; not behind a pooler that cannot keep them. */
  readonly preparedStatements: boolean;
  /** How long the engine's own statements may go without an answer before the connection counts as lost; 0 = for ever. */
  readonly queryTimeoutMs: number;
}

/**
 * One transaction on one pinned client. `run` sends hot statements, `db` is Kysely on the same client, `query` makes it
 * a {@link SqlExecutor}. It is begun and ended by `Database.transaction`, or ended early by {@link Tx.writeAndCommit}.
 */
export class Tx<DB = unknown> implements SqlExecutor {
  static readonly #owners = new WeakMap<object, EngineTx>();
  readonly schema: string;
  readonly #client: ClientBase;
  readonly #context: TxContext;
  readonly #afterCommit: (() => void)[] = [];
  #isOpen = true;
  #isFit = true;
  #timeline = -1;
  #isDirect = false;
  #opened: RawRow[][] = [];
  #db: Transaction<DB> | undefined;

  constructor(client: ClientBase, context: TxContext) {
    this.#client = client;
    this.#context = context;
    this.schema = context.schema;
  }

  /** Kysely on this transaction's client. It can neither begin nor commit. */
  get db(): Transaction<DB> {
    if (this.#db) return this.#db;
    this.#db = pinnedKysely<DB>((text, values) => this.query(text, values));
    Tx.#owners.set(this.#db, this);
    return this.#db;
  }

  /** The transaction whose `db` that is, if it is one of ours. */
  static owning(kysely: object): EngineTx | undefined {
    return Tx.#owners.get(kysely);
  }

  /** The timeline that the server writes. */
  get timeline(): number {
    return this.#timeline;
  }

  /** Whether this connection leads to one session for as long as it lasts, as it does not through a pooler. */
  get isDirect(): boolean {
    return this.#isDirect;
  }

  /** The rows of the statements that were sent with BEGIN, of each its own. */
  get opened(): readonly RawRow[][] {
    return this.#opened;
  }

  get isOpen(): boolean {
    return this.#isOpen;
  }

  /** Whether another transaction may use the client after this one; for {@link Database} only. */
  get isFit(): boolean {
    return this.#isFit;
  }

  /** Runs a hot statement and maps its rows. */
  async run<Values extends readonly unknown[], Row>(
    statement: Statement<Values, Row>,
    values: Values,
  ): Promise<Row[]> {
    this.#assertOpen();
    const bound = { name: statement.name, text: statement.text, values };
    const rows = await this.#sent(bound);
    return rows.map((row) => statement.mapRow(row));
  }

  /** Runs SQL of the caller's; `$1`-style parameters. */
  async query(text: string, values: unknown[] = []) {
    this.#assertOpen();
    try {
      return await this.#client.query<RawRow>(text, values);
    } catch (error) {
      throw this.#noted(error);
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
   * Sends several statements in one round trip, each with a snapshot of its own, and returns each one's rows. Behind one
   * that fails nothing is run.
   */
  async send(statements: readonly BoundStatement[]): Promise<RawRow[][]> {
    this.#assertOpen();
    const flight = new Flight(statements.map((each) => this.#step(each)));
    try {
      await this.#answered(() => this.#land(flight));
      return flight.rows;
    } catch (error) {
      if (flight.preparedAnew) this.#isFit = false;
      throw this.#noted(error);
    }
  }

  /**
   * Sends the statements and COMMIT in one flight and returns each one's rows: between the first lock that they take and
   * COMMIT there is no round trip to this process, so that a stopped client holds nobody up. The transaction is over
   * when this resolves or throws.
   *
   * @throws the first statement's error (nothing was committed); OUTCOME_UNKNOWN when the connection broke.
   */
  async writeAndCommit(
    statements: readonly BoundStatement[],
  ): Promise<RawRow[][]> {
    this.#assertOpen();
    const steps = statements.map((each) => this.#step(each));
    return this.#fly([...steps, this.#shared(COMMIT_STEP)]);
  }

  /** Opens the transaction, sends the statements and commits, all in one flight; for {@link Database} only. */
  async fly(plan: FlightPlan): Promise<RawRow[][]> {
    this.#assertOpen();
    const opening = openingSteps(plan);
    const rows = await this.#fly([
      this.#shared(BEGIN_STEP),
      ...opening.map((step) => this.#shared(step)),
      ...plan.statements.map((each) => this.#step(each)),
      this.#shared(COMMIT_STEP),
    ]);
    return rows.slice(1 + opening.length);
  }

  /** Opens the transaction, and sends the first statements with it; for {@link Database} only. */
  async begin(
    settings: TxSettings,
    opening: readonly BoundStatement[] = [],
  ): Promise<void> {
    const values = settingsValues(settings);
    const flight = new Flight([
      this.#shared(BEGIN_STEP),
      this.#shared({ name: 'postamt.settings', text: SETTINGS_TEXT, values }),
      ...opening.map((each) => this.#step(each)),
    ]);
    try {
      await this.#answered(() => this.#land(flight));
      const opened = flight.rows[1]?.[0];
      this.#timeline = opened?.timeline as number;
      this.#isDirect = opened?.pid === backendOf(this.#client);
      this.#opened = flight.rows.slice(SETTING_STEPS);
    } catch (error) {
      this.#isFit = false;
      const begun = flight.done >= SETTING_STEPS;
      throw this.#noted(begun ? error : beginFailure(error));
    }
  }

  /** Commits; for {@link Database} only. */
  async commit(): Promise<void> {
    this.#isOpen = false;
    this.#finish(await this.#answered(() => sendCommit(this.#client)));
  }

  /** Rolls back; for {@link Database} only. It does not throw: a client that cannot roll back is not fit any more. */
  async rollback(): Promise<void> {
    this.#isOpen = false;
    try {
      await this.#answered(() => this.#client.query('rollback'));
    } catch {
      this.#isFit = false;
    }
  }

  /** Flies the steps, of which the last one is COMMIT, and returns the rows of the others. */
  async #fly(steps: readonly FlightStep[]): Promise<RawRow[][]> {
    this.#isOpen = false;
    const flight = new Flight(steps);
    const report = await this.#answered(() => sendFlight(this.#client, flight));
    if (flight.done === steps.length && report.error !== undefined) {
      // The session was ended behind COMMIT, which had been answered.
      this.#isFit = false;
      this.#finish({ command: flight.lastCommand, notices: report.notices });
      return flight.rows.slice(0, -1);
    }
    if (report.error === undefined || flight.done === steps.length - 1) {
      this.#finish(report);
      return flight.rows.slice(0, -1);
    }
    if (flight.wasRefused) this.#isFit = false;
    const noted = this.#noted(
      flight.done === 0 ? beginFailure(report.error) : report.error,
    );
    // Before the connection is thrown away, too: locks go now, and not when the server finds it gone.
    if (this.#isFit) await this.rollback();
    if (flight.preparedAnew) this.#isFit = false;
    throw flight.wasSent
      ? flightFailure(report.error, transient(noted))
      : noted;
  }

  async #land(flight: Flight): Promise<void> {
    this.#client.query(flight);
    await flight.landed;
  }

  /** Waits for the answer to a statement of the engine's own; how long the caller's SQL may take is the caller's affair. */
  async #answered<Result>(act: () => Promise<Result>): Promise<Result> {
    return answeredWithin(this.#client, this.#context.queryTimeoutMs, act);
  }

  /** A step of no schema: one name for all who share a connection, none behind a pooler that cannot keep it. */
  #shared(step: FlightStep): FlightStep {
    return this.#context.preparedStatements
      ? step
      : { ...step, name: undefined };
  }

  #step(statement: BoundStatement): FlightStep {
    const { preparedStatements } = this.#context;
    return {
      name: preparedStatements
        ? preparedName(this.schema, statement.name)
        : undefined,
      text: statement.text(this.schema),
      values: statement.values,
      silent: statement.silent ?? false,
    };
  }

  #finish(report: CommitReport): void {
    const failure = commitFailure(report);
    if (isPostamtError(failure, 'OUTCOME_UNKNOWN')) this.#isFit = false;
    if (failure !== undefined) throw failure;
    for (const hook of this.#afterCommit) hook();
  }

  async #sent(statement: BoundStatement): Promise<RawRow[]> {
    try {
      return await this.#answered(() => this.#send(statement));
    } catch (error) {
      throw this.#noted(error);
    }
  }

  async #send(statement: BoundStatement): Promise<RawRow[]> {
    const { rows } = await this.#client.query<RawRow>({
      ...(this.#context.preparedStatements && {
        name: preparedName(this.schema, statement.name),
      }),
      text: statement.text(this.schema),
      values: [...statement.values],
    });
    return rows;
  }

  /** A client that lost its connection, or refused a statement by itself and has lost count of names, is not fit. */
  #noted(error: unknown): unknown {
    const fromServer = sqlStateOf(error) !== undefined;
    if (!fromServer || isConnectionLoss(error)) this.#isFit = false;
    return asPostamtError(error);
  }

  #assertOpen(): void {
    if (this.#isOpen) return;
    throw new PostamtError(
      'CLOSED',
      'this transaction is over; begin another one',
    );
  }
}

/** The session that the server said it gave to this connection; a pooler makes a number up. */
function backendOf(client: ClientBase): number | undefined {
  return (client as { processID?: number }).processID;
}

/** A transaction, as far as the engine's own statements go: of whatever tables the user has. */
export type EngineTx = Omit<Tx, 'db'>;
