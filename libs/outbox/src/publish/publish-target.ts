import { CompiledQuery, type Transaction } from 'kysely';
import { PostamtError } from '#kernel';
import { Tx, type EngineTx, type SqlExecutor } from '#postgres';

/** A `pg` client, as far as publishing looks at it; its type is spelt out so that no type of pg's is published. */
export interface PgClient extends SqlExecutor {
  getTransactionStatus(): 'I' | 'T' | 'E' | null;
  on(event: 'drain', listener: () => void): unknown;
  off(event: 'drain', listener: () => void): unknown;
}

/** The caller's transaction: a `Tx`, a Kysely transaction, a `pg` client inside one, or an adapter to another library. */
// oxlint-disable-next-line typescript/no-explicit-any -- a transaction over whatever tables the caller has
export type PublishTarget = Transaction<any> | SqlExecutor;

/** A caller's transaction, ready to run a statement, and how to hear of its COMMIT. */
export interface OpenTarget {
  readonly executor: SqlExecutor;
  readonly commit: CommitSignal;
}

/** What can be seen of a transaction that is not ours: a hook, the status of its connection, or nothing. */
export type CommitSignal =
  | { readonly kind: 'hook'; readonly tx: EngineTx }
  | { readonly kind: 'client'; readonly client: PgClient }
  | { readonly kind: 'none' };

/**
 * Recognises the caller's transaction.
 *
 * @throws PostamtError INVALID_VALUE for something that is no transaction: a publish outside of one would be neither
 * undone nor held back with it.
 */
export function openTarget(target: PublishTarget): OpenTarget {
  const given = target as unknown;
  if (given instanceof Tx)
    return { executor: given, commit: { kind: 'hook', tx: given } };
  if (isKysely(given)) return openKysely(given);
  if (isPgClient(given))
    return {
      executor: given,
      commit: { kind: 'client', client: inTransaction(given) },
    };
  if (isPool(given)) throw outside('a pool');
  if (isExecutor(given)) return { executor: given, commit: { kind: 'none' } };
  throw outside(typeof given);
}

function inTransaction(client: PgClient): PgClient {
  if (client.getTransactionStatus() === 'I')
    throw outside('a client that is in no transaction');
  return client;
}

/** Kysely of a transaction of ours, as listeners have it, tells of its COMMIT; any other one does not. */
function openKysely(kysely: Transaction<unknown>): OpenTarget {
  const executor = kyselyExecutor(kysely);
  const tx = Tx.owning(kysely);
  return { executor, commit: tx ? { kind: 'hook', tx } : { kind: 'none' } };
}

function kyselyExecutor(kysely: Transaction<unknown>): SqlExecutor {
  if (!kysely.isTransaction)
    throw outside('a Kysely instance that is no transaction');
  return {
    async query(text, values = []) {
      const { rows } = await kysely.executeQuery(
        CompiledQuery.raw(text, values),
      );
      return { rows: rows as Record<string, unknown>[] };
    },
  };
}

function outside(what: string): PostamtError {
  return new PostamtError(
    'INVALID_VALUE',
    `publish was given ${what}: give the transaction that the event belongs to (a pg client after BEGIN, a Kysely transaction, a Tx)`,
  );
}

function isKysely(given: unknown): given is Transaction<unknown> {
  return has(given, 'executeQuery') && has(given, 'isTransaction', 'boolean');
}

function isPgClient(given: unknown): given is PgClient {
  return (
    isExecutor(given) && has(given, 'getTransactionStatus') && has(given, 'on')
  );
}

/** A pool has `query` too, and runs each on whatever connection is free. */
function isPool(given: unknown): boolean {
  return isExecutor(given) && has(given, 'totalCount', 'number');
}

function isExecutor(given: unknown): given is SqlExecutor {
  return has(given, 'query');
}

function has(given: unknown, member: string, kind = 'function'): boolean {
  return (
    typeof given === 'object' &&
    given !== null &&
    member in given &&
    typeof given[member as keyof typeof given] === kind
  );
}
