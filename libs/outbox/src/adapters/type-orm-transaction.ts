import type { SqlExecutor } from '#postgres';
import { lentClient } from './lent-client.js';
import { outsideTransaction } from './outside-transaction.js';

/** TypeORM's `EntityManager`, as far as publishing looks at it. */
export interface TypeOrmManager {
  readonly queryRunner?: TypeOrmQueryRunner | undefined;
}

/** TypeORM's `QueryRunner`, as far as publishing looks at it. */
export interface TypeOrmQueryRunner {
  readonly isTransactionActive: boolean;
  query(
    query: string,
    parameters: unknown[] | undefined,
    useStructuredResult: true,
  ): Promise<{ readonly records: unknown[] }>;
}

/**
 * A transaction of TypeORM, for `publish`. The relay hears of its COMMIT.
 *
 * @throws PostamtError INVALID_VALUE for a manager outside of a transaction
 *
 * @example
 * await dataSource.transaction(async (manager) => {
 *   await manager.update(Incident, { id }, { status });
 *   await outbox.publish(typeOrmTransaction(manager), incidents, { key: id, value: { status, at } });
 * });
 */
export function typeOrmTransaction(manager: TypeOrmManager): SqlExecutor {
  const { queryRunner } = manager;
  if (!queryRunner?.isTransactionActive)
    throw outsideTransaction(
      'typeOrmTransaction',
      'a manager outside of a transaction',
      'the manager that dataSource.transaction hands to its callback, or queryRunner.manager after startTransaction',
    );
  return lentClient(connectionOf(queryRunner)) ?? throughRunner(queryRunner);
}

/** A protected member of the runner's, of that name since TypeORM 0.1; `connect()`, which is public, gives it too late. */
function connectionOf(runner: TypeOrmQueryRunner): unknown {
  return Reflect.get(runner, 'databaseConnection');
}

function throughRunner(runner: TypeOrmQueryRunner): SqlExecutor {
  return {
    async query(text, values) {
      const { records } = await runner.query(text, values, true);
      return { rows: records as Record<string, unknown>[] };
    },
  };
}
