import {
  Pool,
  type PoolClient,
  type PoolConfig,
  type QueryConfig,
  type QueryResult,
} from 'pg';
import { PostamtError, silentLogger, type Logger } from '#kernel';
import {
  lockKeys,
  takeSharedAndLocks,
  type LockKeys,
  type LockKind,
} from './advisory-lock.js';
import { answeredWithin, dropHalfClosed } from './answer-limit.js';
import { copyOut, type CopyRow } from './copy-out.js';
import type { FlightBasis, FlightPlan } from './flight-plan.js';
import type { DatabaseOptions } from './database-options.js';
import { poolConfig } from './pool-config.js';
import { asPostamtError } from './postgres-failure.js';
import { readCommitted } from './read-committed.js';
import {
  SlotStream,
  type SlotStreamOptions,
} from './replication/slot-stream.js';
import { schemaName } from './schema-name.js';
import {
  bind,
  preparedName,
  type BoundStatement,
  type RawRow,
  type Statement,
} from './statement.js';
import { Tx, type TxContext } from './tx.js';
import {
  DEFAULT_TX_SETTINGS,
  milliseconds,
  type TxSettings,
} from './tx-settings.js';
import { Writers } from './writers.js';
import { WakeUps } from './wake-ups.js';

/** How a transaction is to be run. */
export interface TransactionOptions extends Partial<TxSettings> {
  /** Take one of the connections for writing, which handlers of listeners never hold. */
  readonly writer?: boolean;
  /** Statements to be sent with BEGIN, in the same round trip; their rows are {@link Tx.opened}. */
  readonly opening?: (keys: LockKeys) => readonly BoundStatement[];
}

/** Statements are prepared for each leaf, and leaves come and go: a connection is not kept for ever. */
const WRITER_LIFETIME_S = 3_600;
/** More than any statement of the engine's own may take. */
const QUERY_TIMEOUT_MS = 90_000;

/**
 * One installation of Postamt: a database, the schema in it, connections to it, wake-ups. Connections are opened when
 * needed and closed after five idle seconds; a listener for wake-ups is the only one that stays.
 *
 * @example
 * const db = new Database({ connection: process.env.DATABASE_URL });
 * await migrate(db);
 * await db.transaction(async (tx) => { … });
 * await db.close();
 */
export class Database {
  readonly schema: string;
  readonly wakeUps: WakeUps;
  readonly logger: Logger;
  readonly #config: PoolConfig;
  readonly #readers: Pool;
  readonly #writers: Writers;
  readonly #preparedStatements: boolean;
  readonly #queryTimeoutMs: number;
  #installation: Promise<number> | undefined;
  #known: TxContext | undefined;
  readonly #underWay = new Set<Promise<unknown>>();
  #closing: Promise<void> | undefined;

  constructor(options: DatabaseOptions) {
    this.schema = schemaName(options.schema);
    this.logger = options.logger ?? silentLogger;
    this.#preparedStatements = options.preparedStatements ?? true;
    this.#queryTimeoutMs = options.queryTimeoutMs ?? QUERY_TIMEOUT_MS;
    milliseconds(this.#queryTimeoutMs);
    const config = poolConfig(options);
    this.#config = config;
    this.#readers = this.#openPool(config);
    this.#writers = new Writers(
      this.#openPool({
        ...config,
        max: 3,
        maxLifetimeSeconds: WRITER_LIFETIME_S,
      }),
    );
    this.wakeUps = new WakeUps({
      connection: config,
      channel: `postamt_${this.schema}`,
      // Not from the readers: listeners' transactions may hold all of those for long. Not through `query`: what was
      // marked before `close` is sent during it.
      send: (text, values) => this.#ask(this.#writers.pool, { text, values }),
      logger: this.logger,
    });
  }

  /**
   * Runs `body` in a READ COMMITTED transaction: commits when it resolves, rolls back when it throws.
   *
   * @throws what `body` throws; TRANSACTION_ROLLED_BACK when COMMIT ends as ROLLBACK; OUTCOME_UNKNOWN when nobody can say
   * whether it committed; POSTGRES_UNAVAILABLE when the server cannot be reached; CLOSED after `close`.
   */
  async transaction<Result, DB = unknown>(
    body: (tx: Tx<DB>) => Promise<Result>,
    options: TransactionOptions = {},
  ): Promise<Result> {
    const { writer = false, opening, ...settings } = options;
    const context = await this.#context();
    const client = await this.#connect(
      writer ? this.#writers.pool : this.#readers,
    );
    const tx = new Tx<DB>(client, context);
    try {
      await this.#begin(tx, settings, opening?.(tx));
      const result = await body(tx);
      if (tx.isOpen) await tx.commit();
      return result;
    } finally {
      if (tx.isOpen) await tx.rollback();
      client.release(!tx.isFit);
    }
  }

  /**
   * Runs statements as one transaction of one flight, BEGIN among them: from the first lock to COMMIT, and before it, no
   * round trip. On a connection that has been idle, and on each through a pooler, BEGIN goes ahead alone: should the
   * server be gone, nothing else was sent, and that nothing was written is certain.
   *
   * @param build makes locks and statements of what it is handed
   * @returns each statement's rows
   * @throws as {@link Database.transaction}
   */
  async fly(build: (basis: FlightBasis) => FlightPlan): Promise<RawRow[][]> {
    const context = this.#known ?? (await this.#context());
    this.#assertOpen();
    const client =
      this.#writers.takeSpare() ?? (await this.#connect(this.#writers.pool));
    const tx = new Tx(client, context);
    try {
      return await this.#flyOn(client, tx, build);
    } finally {
      this.#writers.give(client, tx.isFit);
    }
  }

  async #flyOn(
    client: PoolClient,
    tx: Tx,
    build: (basis: FlightBasis) => FlightPlan,
  ): Promise<RawRow[][]> {
    const lockKeys = tx.lockKeys.bind(tx);
    const warm = this.#writers.warmTimeline(client);
    if (warm !== undefined) return tx.fly(build({ lockKeys, timeline: warm }));
    await this.#begin(tx, {});
    try {
      const { timeline } = tx;
      const { shared = [], alone, statements } = build({ lockKeys, timeline });
      if (tx.isDirect) this.#writers.noteTimeline(client, timeline);
      const locks = bind(takeSharedAndLocks, [shared, alone]);
      const [, ...rows] = await tx.writeAndCommit([locks, ...statements]);
      return rows;
    } finally {
      if (tx.isOpen) await tx.rollback();
    }
  }

  /**
   * Runs one hot statement that writes, in a transaction of the engine's own: flushed here and nowhere else, READ
   * COMMITTED, on a connection for writing.
   */
  async write<Values extends readonly unknown[], Row>(
    statement: Statement<Values, Row>,
    values: Values,
  ): Promise<Row[]> {
    const [rows = []] = await this.fly(() => ({
      alone: [],
      statements: [bind(statement, values)],
    }));
    return rows.map((row) => statement.mapRow(row));
  }

  /** Runs one hot statement in a transaction of its own. */
  async run<Values extends readonly unknown[], Row>(
    statement: Statement<Values, Row>,
    values: Values,
  ): Promise<Row[]> {
    const query = this.#asked(statement, values);
    const { rows } = await this.#guarded(() => this.#ask(this.#readers, query));
    return rows.map((row) => statement.mapRow(row));
  }

  /**
   * Runs one short hot statement, READ COMMITTED in a transaction of its own, on the connection that listens for
   * wake-ups: a process that does nothing else holds no second one for it. Such statements run one after the other,
   * and each holds up notifications: one that may take seconds belongs elsewhere. Where nothing listens, LISTEN is only
   * being opened, or goes through a pooler, it takes a connection for writing, which handlers of listeners never hold.
   * Should the connection be lost while it runs, it may have been done or not.
   *
   * @param limitMs how long to wait on a connection on which nothing comes, which is then thrown away, in milliseconds;
   * `queryTimeoutMs` by default, 0 = for ever
   * @throws as {@link Database.run}
   *
   * @example
   * const [session] = await db.runAside(beat, [sessionId], 5_000);
   */
  async runAside<Values extends readonly unknown[], Row>(
    statement: Statement<Values, Row>,
    values: Values,
    limitMs = this.#queryTimeoutMs,
  ): Promise<Row[]> {
    const query = this.#asked(statement, values);
    const { rows } = await this.#guarded(
      async () =>
        (await this.wakeUps.ask(query, limitMs)) ??
        this.#answered(this.#writers.pool, limitMs, readCommitted(query)),
    );
    return rows.map((row) => statement.mapRow(row));
  }

  /** Runs SQL in a transaction of its own. */
  async query(
    text: string,
    values: unknown[] = [],
  ): Promise<QueryResult<RawRow>> {
    return this.#guarded(() => this.#readers.query<RawRow>(text, values));
  }

  /** Runs `select`, which bears no parameters, as a binary COPY: the fastest way to get `bytea` out. */
  async copyOut(select: string): Promise<CopyRow[]> {
    return this.#guarded(() =>
      this.#answered(this.#readers, this.#queryTimeoutMs, (client) =>
        copyOut(client, select),
      ),
    );
  }

  /** Opens a stream of a replication slot on a connection of its own, which whoever opens it closes. */
  async openSlotStream(
    options: Omit<SlotStreamOptions, 'logger'>,
  ): Promise<SlotStream> {
    this.#assertOpen();
    return SlotStream.open(this.#config, { ...options, logger: this.logger });
  }

  /** The keys of advisory locks of one kind, in the order in which they may be taken. */
  async lockKeys(kind: LockKind, ids: readonly number[]): Promise<bigint[]> {
    const { installation } = await this.#context();
    return lockKeys(installation, kind, ids);
  }

  /** Closes every connection, once what runs on them has ended. Idempotent. */
  async close(): Promise<void> {
    this.#closing ??= this.#close();
    await this.#closing;
  }

  async #close(): Promise<void> {
    await this.wakeUps.close();
    // A pool that is ended forgets who waits for a connection: they would wait for ever.
    await Promise.allSettled(this.#underWay);
    await Promise.all([this.#readers.end(), this.#writers.end()]);
  }

  async #context(): Promise<TxContext> {
    this.#installation ??= this.#readInstallation();
    try {
      const installation = await this.#installation;
      this.#known = {
        schema: this.schema,
        installation,
        preparedStatements: this.#preparedStatements,
        queryTimeoutMs: this.#queryTimeoutMs,
      };
      return this.#known;
    } catch (error) {
      this.#installation = undefined;
      throw error;
    }
  }

  async #readInstallation(): Promise<number> {
    const text =
      'select oid::int8 as number from pg_namespace where nspname = $1';
    const { rows } = await this.#guarded(() =>
      this.#ask(this.#readers, { text, values: [this.schema] }),
    );
    if (rows[0]) return Number(rows[0].number);
    throw new PostamtError(
      'SCHEMA_TOO_OLD',
      `the schema ${this.schema} does not exist in this database; run \`postamt migrate\``,
    );
  }

  /** Runs one short statement of the engine's own. */
  async #ask(pool: Pool, query: QueryConfig): Promise<QueryResult<RawRow>> {
    return this.#answered(pool, this.#queryTimeoutMs, (client) =>
      client.query<RawRow>(query),
    );
  }

  async #answered<Result>(
    pool: Pool,
    limitMs: number,
    act: (client: PoolClient) => Promise<Result>,
  ): Promise<Result> {
    const client = await pool.connect();
    try {
      const result = await answeredWithin(client, limitMs, () => act(client));
      client.release();
      return result;
    } catch (error) {
      client.release(true);
      throw error;
    }
  }

  #asked<Values extends readonly unknown[], Row>(
    statement: Statement<Values, Row>,
    values: Values,
  ): QueryConfig {
    const name = preparedName(this.schema, statement.name);
    return {
      ...(this.#preparedStatements && { name }),
      text: statement.text(this.schema),
      values: [...values],
    };
  }

  async #begin(
    tx: Pick<Tx, 'begin'>,
    settings: Partial<TxSettings>,
    opening: readonly BoundStatement[] = [],
  ): Promise<void> {
    await this.#guarded(() =>
      tx.begin({ ...DEFAULT_TX_SETTINGS, ...settings }, opening),
    );
  }

  async #connect(pool: Pool): Promise<PoolClient> {
    return this.#guarded(() => pool.connect());
  }

  #assertOpen(): void {
    if (!this.#closing) return;
    throw new PostamtError(
      'CLOSED',
      'this database was closed; open another one',
    );
  }

  async #guarded<T>(act: () => Promise<T>): Promise<T> {
    this.#assertOpen();
    const acting = act();
    this.#underWay.add(acting);
    try {
      return await acting;
    } catch (error) {
      throw asPostamtError(error);
    } finally {
      this.#underWay.delete(acting);
    }
  }

  #openPool(config: PoolConfig): Pool {
    const pool = new Pool(config);
    dropHalfClosed(pool);
    const note = (error: Error) => {
      // `end` does not wait for sockets: a server that stops meanwhile still tells those that were on their way out.
      if (this.#closing) return;
      this.logger.warn({ err: error }, 'a connection to Postgres was lost');
    };
    pool.on('error', note);
    // A client that is checked out when its connection breaks emits `error` too; unheard, that ends the process.
    pool.on('connect', (client) => client.on('error', () => {}));
    return pool;
  }
}
