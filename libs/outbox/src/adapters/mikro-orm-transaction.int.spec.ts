import { describe, expect, it } from '@jest/globals';
import {
  defineEntity,
  type EntityManager,
  MikroORM,
  p,
} from '@mikro-orm/postgresql';
import { itPublishesInTransactions } from './fixtures/adapter-contract.js';
import type { OpenLibrary, OpenTransaction } from './fixtures/open-library.js';
import { mikroOrmTransaction } from './mikro-orm-transaction.js';

const Incident = defineEntity({
  name: 'Incident',
  tableName: 'incident',
  properties: { id: p.string().primary() },
});

function opened(em: EntityManager): OpenTransaction {
  return {
    adapted: () => mikroOrmTransaction(em),
    write: (id) => em.insert(Incident, { id }),
    nested: (work) => em.transactional((inner) => work(opened(inner))),
  };
}

async function open(clientUrl: string): Promise<OpenLibrary> {
  const orm = await MikroORM.init({ clientUrl, entities: [Incident] });
  const over = orm.em.fork();
  await over.begin();
  await over.commit();
  return {
    transaction: (work) =>
      orm.em.fork().transactional((em) => work(opened(em))),
    outside: {
      'an entity manager': () => mikroOrmTransaction(orm.em.fork()),
      'one whose transaction is over': () => mikroOrmTransaction(over),
    },
    close: () => orm.close(),
  };
}

itPublishesInTransactions('mikroOrmTransaction', { hears: 'publish', open });

describe('mikroOrmTransaction', () => {
  it('says what to give with MikroORM 6, whose transactions are of Knex', () => {
    const em = { getTransactionContext: () => ({ isTransaction: true }) };
    expect(() => mikroOrmTransaction(em)).toThrow(/knexTransaction/);
  });
});
