import { describe, expect, it } from '@jest/globals';
import { DataTypes, Sequelize, type Transaction } from 'sequelize';
import { itPublishesInTransactions } from './fixtures/adapter-contract.js';
import type { OpenLibrary, OpenTransaction } from './fixtures/open-library.js';
import { sequelizeTransaction } from './sequelize-transaction.js';

async function open(connectionString: string): Promise<OpenLibrary> {
  const sequelize = new Sequelize(connectionString, { logging: false });
  const Incident = sequelize.define(
    'Incident',
    { id: { type: DataTypes.TEXT, primaryKey: true } },
    { tableName: 'incident', timestamps: false },
  );
  const opened = (transaction: Transaction): OpenTransaction => ({
    adapted: () => sequelizeTransaction(transaction),
    write: (id) => Incident.create({ id }, { transaction }),
    nested: (work) =>
      sequelize.transaction({ transaction }, (inner) => work(opened(inner))),
  });
  const finished = await sequelize.transaction();
  await finished.commit();
  return {
    transaction: (work) => sequelize.transaction((tx) => work(opened(tx))),
    outside: {
      // @ts-expect-error -- the type refuses it as well
      'a Sequelize instance': () => sequelizeTransaction(sequelize),
      'a transaction that is finished': () => sequelizeTransaction(finished),
    },
    close: () => sequelize.close(),
  };
}

itPublishesInTransactions('sequelizeTransaction', { hears: 'commit', open });

describe('sequelizeTransaction', () => {
  it('refuses a transaction whose connection is none of pg', () => {
    const transaction = {
      commit: async () => {},
      rollback: async () => {},
      connection: { query: async () => [] },
    };
    expect(() => sequelizeTransaction(transaction)).toThrow(
      expect.objectContaining({ code: 'NOT_SUPPORTED' }),
    );
  });
});
