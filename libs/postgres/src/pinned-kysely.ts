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
import { PostamtError } from '#kernel';

/** What a query of Kysely's is handed to: the `query` of a transaction that somebody else opened and will commit. */
export type RunQuery = (
  text: string,
  values: unknown[],
) => Promise<{ readonly rows: unknown[]; readonly rowCount: number | null }>;

/** A Kysely connection over one transaction. */
class PinnedConnection implements DatabaseConnection {
  readonly #run: RunQuery;

  constructor(run: RunQuery) {
    this.#run = run;
  }

  async executeQuery<Row>(query: CompiledQuery): Promise<QueryResult<Row>> {
    const result = await this.#run(query.sql, [...query.parameters]);
    const affected = { numAffectedRows: BigInt(result.rowCount ?? 0) };
    return { ...affected, rows: result.rows as Row[] };
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

/** A Kysely transaction whose queries go to `run`, inside a transaction already. It can neither begin nor commit. */
export function pinnedKysely<DB>(run: RunQuery): Transaction<DB> {
  const executor = new DefaultQueryExecutor(
    dialect.createQueryCompiler(),
    dialect.createAdapter(),
    new SingleConnectionProvider(new PinnedConnection(run)),
  );
  const driver = dialect.createDriver();
  return new Transaction<DB>({
    config: { dialect },
    dialect,
    driver,
    executor,
  });
}
