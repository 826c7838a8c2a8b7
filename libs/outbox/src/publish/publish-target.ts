import {
  inTransactionOf,
  Tx,
  type CallerTransaction,
  type EngineTx,
  type SqlExecutor,
} from '#postgres';

/** A `pg` client, as far as publishing looks at it; its type is spelt out so that no type of pg's is published. */
export interface PgClient extends SqlExecutor {
  getTransactionStatus(): 'I' | 'T' | 'E' | null;
  on(event: 'drain', listener: () => void): unknown;
  off(event: 'drain', listener: () => void): unknown;
}

/** The caller's transaction: a `Tx`, a Kysely transaction, a `pg` client inside one, or an adapter to another library. */
export type PublishTarget = CallerTransaction;

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
 * Recognises the caller's transaction. Kysely of a transaction of ours, as listeners have it, tells of its COMMIT; any
 * other one does not.
 *
 * @throws PostamtError INVALID_VALUE for something that is no transaction: a publish outside of one would be neither
 * undone nor held back with it.
 */
export function openTarget(target: PublishTarget): OpenTarget {
  const executor = inTransactionOf(target, 'publish');
  return { executor, commit: commitOf(target) };
}

function commitOf(given: object): CommitSignal {
  const tx = given instanceof Tx ? given : Tx.owning(given);
  if (tx) return { kind: 'hook', tx };
  return isPgClient(given)
    ? { kind: 'client', client: given }
    : { kind: 'none' };
}

function isPgClient(given: object): given is PgClient {
  return 'getTransactionStatus' in given && 'on' in given;
}
