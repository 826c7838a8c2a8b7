import type { ClientBase, QueryConfig, QueryResult } from 'pg';
import type { RawRow } from './statement.js';

/**
 * Makes of one statement a READ COMMITTED transaction of its own, whatever the database's default is. Where it fails
 * the client may still be in the transaction: it has to be closed.
 */
export function readCommitted(
  query: QueryConfig,
): (client: ClientBase) => Promise<QueryResult<RawRow>> {
  return async (client) => {
    await client.query('begin isolation level read committed read write');
    const result = await client.query<RawRow>(query);
    await client.query('commit');
    return result;
  };
}
