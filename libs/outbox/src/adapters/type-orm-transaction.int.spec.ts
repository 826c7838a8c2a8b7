import { describe } from '@jest/globals';
import { DataSource, EntitySchema, type EntityManager } from 'typeorm';
import { itPublishesInTransactions } from './fixtures/adapter-contract.js';
import type { OpenLibrary, OpenTransaction } from './fixtures/open-library.js';
import {
  typeOrmTransaction,
  type TypeOrmManager,
} from './type-orm-transaction.js';

const Incident = new EntitySchema({
  name: 'incident',
  columns: { id: { type: 'text', primary: true } },
});

type Adapt = (manager: EntityManager) => TypeOrmManager;

async function open(url: string, adapt: Adapt): Promise<OpenLibrary> {
  const dataSource = new DataSource({
    type: 'postgres',
    url,
    entities: [Incident],
  });
  await dataSource.initialize();
  const runner = dataSource.createQueryRunner();
  const opened = (manager: EntityManager): OpenTransaction => ({
    adapted: () => typeOrmTransaction(adapt(manager)),
    write: (id) => manager.insert(Incident, { id }),
    nested: (work) => manager.transaction((inner) => work(opened(inner))),
  });
  return {
    transaction: (work) =>
      dataSource.transaction((manager) => work(opened(manager))),
    outside: {
      'the manager of a data source': () =>
        typeOrmTransaction(adapt(dataSource.manager)),
      'a runner without a transaction': () =>
        typeOrmTransaction(adapt(runner.manager)),
    },
    close: async () => {
      await runner.release();
      await dataSource.destroy();
    },
  };
}

describe('typeOrmTransaction', () => {
  itPublishesInTransactions('over the connection', {
    hears: 'commit',
    open: (url) => open(url, (manager) => manager),
  });

  itPublishesInTransactions('where the runner shows no connection', {
    hears: 'publish',
    open: (url) => open(url, withoutConnection),
  });
});

/** As a version of TypeORM would be that names its connection otherwise. */
function withoutConnection({ queryRunner }: EntityManager): TypeOrmManager {
  if (!queryRunner) return {};
  return {
    queryRunner: {
      isTransactionActive: queryRunner.isTransactionActive,
      query: (text, values) => queryRunner.query(text, values, true),
    },
  };
}
