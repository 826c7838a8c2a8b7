import type { SqlExecutor } from '#postgres';
import type { PgClient } from '../publish/publish-target.js';
import { outsideTransaction } from './outside-transaction.js';

/** Knex' `Transaction`, as far as publishing looks at it. */
export interface KnexTransaction {
  readonly client: { acquireConnection(): Promise<KnexConnection> };
  /** The transaction around a savepoint. */
  readonly parentTransaction?: KnexTransaction | undefined;
  isCompleted(): boolean;
}

/** The `pg` client of a Knex transaction, as far as publishing looks at it. */
export interface KnexConnection extends SqlExecutor {
  on(event: 'drain', listener: () => void): unknown;
  off(event: 'drain', listener: () => void): unknown;
}

/** One for each transaction, so that many publishes in one listen to its connection once. */
const clients = new WeakMap<KnexTransaction, KnexClient>();

/**
 * A transaction of Knex, for `publish`. The relay hears of its COMMIT.
 *
 * @throws PostamtError INVALID_VALUE for a Knex instance, and for a transaction that is completed
 *
 * @example
 * await knex.transaction(async (trx) => {
 *   await trx('incident').where({ id }).update({ status });
 *   await outbox.publish(knexTransaction(trx), incidents, { key: id, value: { status, at } });
 * });
 */
export function knexTransaction(trx: KnexTransaction): SqlExecutor {
  if (typeof trx.isCompleted !== 'function')
    throw outside('a Knex instance that is no transaction');
  if (trx.isCompleted()) throw outside('a transaction that is completed');
  const outermost = outermostOf(trx);
  const known = clients.get(outermost);
  const client = known ?? new KnexClient(outermost);
  if (!known) clients.set(outermost, client);
  return client;
}

function outermostOf(trx: KnexTransaction): KnexTransaction {
  return trx.parentTransaction ? outermostOf(trx.parentTransaction) : trx;
}

function outside(given: string): Error {
  return outsideTransaction(
    'knexTransaction',
    given,
    'the transaction that knex.transaction hands to its callback or resolves to',
  );
}

/** The connection of a transaction, which Knex gives asynchronously only. */
class KnexClient implements PgClient {
  readonly #trx: KnexTransaction;
  #connection: KnexConnection | undefined;

  constructor(trx: KnexTransaction) {
    this.#trx = trx;
  }

  async query(
    text: string,
    values?: unknown[],
  ): Promise<{ readonly rows: readonly Record<string, unknown>[] }> {
    this.#connection ??= await this.#trx.client.acquireConnection();
    return this.#connection.query(text, values);
  }

  /** A transaction is completed as soon as its COMMIT is sent; its connection drains when that is answered. */
  getTransactionStatus(): 'I' | 'T' {
    return this.#trx.isCompleted() ? 'I' : 'T';
  }

  on(event: 'drain', listener: () => void): void {
    this.#connection?.on(event, listener);
  }

  off(event: 'drain', listener: () => void): void {
    this.#connection?.off(event, listener);
  }
}
