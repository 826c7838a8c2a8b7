import { CompiledQuery } from 'kysely';
import { PostamtError } from '#kernel';
import type { SqlExecutor } from '#postgres';
import { outsideTransaction } from './outside-transaction.js';

/** MikroORM's `EntityManager`, as far as publishing looks at it. */
export interface MikroOrmManager {
  getTransactionContext(): unknown;
}

/** What MikroORM 7 has as its transaction: one of Kysely's, of whatever version of Kysely. */
interface KyselyTransaction {
  executeQuery(
    query: CompiledQuery,
  ): Promise<{ readonly rows: readonly unknown[] }>;
}

/**
 * A transaction of MikroORM 7, for `publish`. The entities' own changes go to the database when they are flushed, before
 * the publish or after it. The relay does not hear of the COMMIT; it is told that something may come.
 *
 * @throws PostamtError INVALID_VALUE for an entity manager outside of a transaction; NOT_SUPPORTED for one of MikroORM 6
 *
 * @example
 * await em.transactional(async (em) => {
 *   incident.status = status;
 *   await outbox.publish(mikroOrmTransaction(em), incidents, { key: id, value: { status, at } });
 * });
 */
export function mikroOrmTransaction(em: MikroOrmManager): SqlExecutor {
  const transaction = em.getTransactionContext();
  if (transaction === undefined)
    throw outsideTransaction(
      'mikroOrmTransaction',
      'an entity manager outside of a transaction',
      'the entity manager that em.transactional hands to its callback, or one after begin()',
    );
  if (!isKysely(transaction))
    throw new PostamtError(
      'NOT_SUPPORTED',
      'mikroOrmTransaction is for MikroORM 7: with MikroORM 6 give knexTransaction(em.getTransactionContext())',
    );
  return {
    async query(text, values = []) {
      const query = CompiledQuery.raw(text, values);
      const { rows } = await transaction.executeQuery(query);
      return { rows: rows as Record<string, unknown>[] };
    },
  };
}

function isKysely(given: unknown): given is KyselyTransaction {
  return typeof given === 'object' && given !== null && 'executeQuery' in given;
}
