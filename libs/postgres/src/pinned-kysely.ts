import {
  DefaultQueryExecutor,
  PostgresAdapter,
  PostgresIntrospector,
  PostgresQueryCompiler,
  SingleConnectionProvider,
  DummyDriver,
  Transaction,
  type CompiledQuery,
  type DatabaseConnection,
  type Dialect,
  type QueryResult,
} from 'kysely';
import type { ClientBase } from 'pg';
import { PostamtError } from '#kernel';
import { asPostamtError } from './postgres-failure.js';

/** A Kysely connection over one `pg` client that somebody else opened and will commit. */
class PinnedConnection implements DatabaseConnection {
  readonly #client: ClientBase;

  constructor(client: ClientBase) {
    this.#client = client;
  }

  async executeQuery<Row>(query: CompiledQuery): Promise<QueryResult<Row>> {
    const result = await this.#query(query);
    const affected = { numAffectedRows: BigInt(result.rowCount ?? 0) };
    return { ...affected, rows: result.rows as Row[] };
  }

  async #query(query: CompiledQuery) {
    try {
      return await this.#client.query(query.sql, [...query.parameters]);
    } catch (error) {
      throw asPostamtError(error);
    }
  }

  // oxlint-disable-next-line require-yield -- it refuses before the first row
  async *streamQuery<Row>(): AsyncIterableIterator<QueryResult<Row>> {
    throw new PostamtError(
      'NOT_SUPPORTED',
      'stream() is not supported inside a Postamt transaction; read pages with limit and offset',
    );
  }
}

const dialect: Dialect = {
  createAdapter: () => new PostgresAdapter(),
  createDriver: () => new DummyDriver(),
  createIntrospector: (db) => new PostgresIntrospector(db),
  createQueryCompiler: () => new PostgresQueryCompiler(),
};

/**
 * A Kysely transaction over a client that is inside a transaction already: its queries run on that client, and it can
 * neither begin nor commit.
 */
export function pinnedKysely<DB>(client: ClientBase): Transaction<DB> {
  const executor = new DefaultQueryExecutor(
    dialect.createQueryCompiler(),
    dialect.createAdapter(),
    new SingleConnectionProvider(new PinnedConnection(client)),
  );
  const driver = dialect.createDriver();
  return new Transaction<DB>({
    config: { dialect },
    dialect,
    driver,
    executor,
  });
}
