import type { SqlExecutor } from '#postgres';
import type { PgClient } from '../publish/publish-target.js';

/**
 * The `pg` client that a library holds for its transaction; undefined where that is no such client. Statements go to it
 * past the library, so that the parameters of thousands of events stand in no log of statements, and the relay hears of
 * the COMMIT. An old `pg`, which a library may bring, does not tell the status of its transaction: of such a client only
 * `query` is lent.
 */
export function lentClient(
  connection: unknown,
): PgClient | SqlExecutor | undefined {
  if (!isClient(connection)) return undefined;
  if (connection.getTransactionStatus !== undefined) return connection;
  return { query: (text, values) => connection.query(text, values) };
}

type LentClient = PgClient | (SqlExecutor & { getTransactionStatus?: never });

/** The names that `pg` gives a client and nobody else does. */
function isClient(given: unknown): given is LentClient {
  return (
    typeof given === 'object' &&
    given !== null &&
    'query' in given &&
    'off' in given &&
    'escapeIdentifier' in given
  );
}
