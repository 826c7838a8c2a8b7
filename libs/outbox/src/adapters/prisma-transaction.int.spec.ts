import { itPublishesInTransactions } from './fixtures/adapter-contract.js';
import type { OpenLibrary, OpenTransaction } from './fixtures/open-library.js';
import {
  openPrisma,
  type PrismaTransactionClient,
} from './fixtures/prisma-client.js';
import { prismaTransaction } from './prisma-transaction.js';

function opened(tx: PrismaTransactionClient): OpenTransaction {
  return {
    adapted: () => prismaTransaction(tx),
    write: async (id) =>
      tx.$executeRaw`insert into incident (id) values (${id})`,
    nested: (work) => tx.$transaction((inner) => work(opened(inner))),
  };
}

async function open(connectionString: string): Promise<OpenLibrary> {
  const prisma = openPrisma(connectionString);
  return {
    transaction: (work) => prisma.$transaction((tx) => work(opened(tx))),
    outside: { 'a client': () => prismaTransaction(prisma) },
    close: () => prisma.$disconnect(),
  };
}

itPublishesInTransactions('prismaTransaction', { hears: 'publish', open });
