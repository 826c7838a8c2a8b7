import { knex, type Knex } from 'knex';
import { itPublishesInTransactions } from './fixtures/adapter-contract.js';
import type { OpenLibrary, OpenTransaction } from './fixtures/open-library.js';
import { knexTransaction } from './knex-transaction.js';

function opened(trx: Knex.Transaction): OpenTransaction {
  return {
    adapted: () => knexTransaction(trx),
    write: async (id) => trx('incident').insert({ id }),
    nested: (work) => trx.transaction((inner) => work(opened(inner))),
  };
}

async function open(connectionString: string): Promise<OpenLibrary> {
  const db = knex({ client: 'pg', connection: connectionString });
  const completed = await db.transaction();
  await completed.commit();
  return {
    transaction: (work) => db.transaction((trx) => work(opened(trx))),
    outside: {
      // @ts-expect-error -- the type refuses it as well
      'a Knex instance': () => knexTransaction(db),
      'a transaction that is completed': () => knexTransaction(completed),
    },
    close: () => db.destroy(),
  };
}

itPublishesInTransactions('knexTransaction', { hears: 'commit', open });
