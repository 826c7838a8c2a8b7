import { PostamtError, type Logger } from '#kernel';
import {
  checkSchema,
  connectionString,
  Database,
  migrate,
  startEmbeddedPostgres,
  type DatabaseOptions,
  type EmbeddedPostgres,
} from '#postgres';
import type { PostamtConnectionOptions } from './connection-options.js';
import { PostamtNestLogger } from './nest-logger.js';
import { poolConnection } from './pool-connection.js';

/** An open database with Postamt's schema in it, and the embedded server under it where there is one. */
export class Installation {
  readonly db: Database;
  /** How to get to the same database. */
  readonly connection: DatabaseOptions['connection'];
  readonly #server: EmbeddedPostgres | undefined;

  private constructor(
    db: Database,
    connection: DatabaseOptions['connection'],
    server: EmbeddedPostgres | undefined,
  ) {
    this.db = db;
    this.connection = connection;
    this.#server = server;
  }

  /**
   * Starts the embedded server where one is asked for, and migrates or checks the schema. What was opened is closed again
   * when it throws.
   *
   * @throws PostamtError INVALID_CONFIG, EMBEDDED_POSTGRES_FAILED, POSTGRES_UNAVAILABLE, MIGRATION_FAILED,
   * SCHEMA_TOO_OLD, SCHEMA_TOO_NEW
   */
  static async open(options: PostamtConnectionOptions): Promise<Installation> {
    const logger = options.logger ?? new PostamtNestLogger();
    requireOneWay(options);
    const server = await startServer(options, logger);
    try {
      const connection = server?.connectionString ?? connectionOf(options);
      const { schema, maxConnections } = options;
      const at = { connection, ...(schema !== undefined && { schema }) };
      await (options.migrate === false ? checkSchema(at) : migrate(at));
      const most = maxConnections === undefined ? {} : { maxConnections };
      const db = new Database({ ...at, ...most, logger });
      return new Installation(db, connection, server);
    } catch (error) {
      await server?.stop();
      throw error;
    }
  }

  /** Closes the connections and stops the embedded server. Idempotent. */
  async close(): Promise<void> {
    await this.db.close();
    await this.#server?.stop();
  }
}

const WAYS = ['connectionString', 'pool', 'embedded'] as const;

function requireOneWay(options: PostamtConnectionOptions): void {
  const given = WAYS.filter((way) => options[way] !== undefined);
  if (given.length === 1) return;
  throw new PostamtError(
    'INVALID_CONFIG',
    `exactly one of ${WAYS.join(', ')} says where the database is, and ${waysGiven(options, given)}`,
  );
}

function waysGiven(options: object, given: readonly string[]): string {
  if (given.length > 0) return `${given.join(' and ')} are given`;
  // An option that is there and undefined is most often an environment variable that is not set.
  const unset = WAYS.find((way) => way in options);
  return unset ? `${unset} is undefined` : 'none is given';
}

async function startServer(
  { embedded }: PostamtConnectionOptions,
  logger: Logger,
): Promise<EmbeddedPostgres | undefined> {
  if (embedded === undefined) return undefined;
  return startEmbeddedPostgres({
    logger,
    ...(embedded === true ? {} : embedded),
  });
}

function connectionOf(
  options: PostamtConnectionOptions,
): DatabaseOptions['connection'] {
  if (options.pool) return poolConnection(options.pool);
  return connectionString(options.connectionString, 'connectionString');
}
