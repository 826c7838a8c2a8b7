import { PostamtError } from '#kernel';
import type { SqlExecutor } from '#postgres';
import { lentClient } from './lent-client.js';
import { outsideTransaction } from './outside-transaction.js';

/** Sequelize's `Transaction`, as far as publishing looks at it. */
export interface SequelizeTransaction {
  commit(): Promise<void>;
  rollback(): Promise<void>;
}

/** Members of a transaction that Sequelize does not declare; its own queries use them. */
interface Undeclared {
  readonly connection?: unknown;
  readonly finished?: string;
}

/**
 * A transaction of Sequelize 6, for `publish`. The relay hears of its COMMIT.
 *
 * @throws PostamtError INVALID_VALUE for something else, and for a transaction that is finished; NOT_SUPPORTED where its
 * connection is no `pg` client
 *
 * @example
 * await sequelize.transaction(async (transaction) => {
 *   await Incident.update({ status }, { where: { id }, transaction });
 *   await outbox.publish(sequelizeTransaction(transaction), incidents, { key: id, value: { status, at } });
 * });
 */
export function sequelizeTransaction(
  transaction: SequelizeTransaction,
): SqlExecutor {
  const { connection, finished } = transaction as Undeclared;
  if (typeof transaction.commit !== 'function')
    throw outside('something that is no transaction');
  if (finished) throw outside(`a transaction that is finished (${finished})`);
  const client = lentClient(connection);
  if (client) return client;
  throw new PostamtError(
    'NOT_SUPPORTED',
    'sequelizeTransaction finds no connection of pg in the transaction: it is for Sequelize 6 over pg; with another one give an object whose query(text, values) runs on the connection of the transaction',
  );
}

function outside(given: string): Error {
  return outsideTransaction(
    'sequelizeTransaction',
    given,
    'the transaction that sequelize.transaction hands to its callback or resolves to',
  );
}
