import { CompiledQuery, type Transaction } from 'kysely';
import { PostamtError } from '#kernel';
import type { SqlExecutor } from './sql-executor.js';

/** A transaction of a caller's: a `Tx`, a Kysely transaction, a `pg` client after BEGIN, or an adapter with `query`. */
// oxlint-disable-next-line typescript/no-explicit-any -- a transaction over whatever tables the caller has
export type CallerTransaction = Transaction<any> | SqlExecutor;

/**
 * What statements of ours run through in a caller's transaction.
 *
 * @throws PostamtError INVALID_VALUE for what can be seen to be no transaction: a pool, a Kysely instance, a `pg` client
 * before BEGIN. `purpose` is who wants it, for the message.
 */
export function inTransactionOf(
  given: CallerTransaction,
  purpose: string,
): SqlExecutor {
  const target: unknown = given;
  if (isKysely(target)) {
    if (target.isTransaction) return throughKysely(target);
    throw outside(purpose, 'a Kysely instance that is no transaction');
  }
  if (!isExecutor(target)) throw outside(purpose, typeof target);
  if (has(target, 'totalCount', 'number')) throw outside(purpose, 'a pool');
  if (isIdleClient(target))
    throw outside(purpose, 'a client that is in no transaction');
  return target;
}

function throughKysely(kysely: Transaction<unknown>): SqlExecutor {
  return {
    async query(text, values = []) {
      const query = CompiledQuery.raw(text, values);
      const { rows } = await kysely.executeQuery(query);
      return { rows: rows as Record<string, unknown>[] };
    },
  };
}

function isKysely(given: unknown): given is Transaction<unknown> {
  return (
    has(given, 'executeQuery', 'function') &&
    has(given, 'isTransaction', 'boolean')
  );
}

function isExecutor(given: unknown): given is SqlExecutor {
  return has(given, 'query', 'function');
}

/** A `pg` client knows from ReadyForQuery whether it stands in a transaction; I = it does not. */
function isIdleClient(given: object): boolean {
  return (
    has(given, 'getTransactionStatus', 'function') &&
    (given as { getTransactionStatus(): unknown }).getTransactionStatus() ===
      'I'
  );
}

function has(given: unknown, member: string, kind: string): given is object {
  return (
    typeof given === 'object' &&
    given !== null &&
    member in given &&
    typeof given[member as keyof typeof given] === kind
  );
}

function outside(purpose: string, what: string): PostamtError {
  return new PostamtError(
    'INVALID_VALUE',
    `${purpose} was given ${what}: give the transaction that it belongs to (a pg client after BEGIN, a Kysely transaction, a Tx)`,
  );
}
