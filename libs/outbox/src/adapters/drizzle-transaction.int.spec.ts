import { describe } from '@jest/globals';
import type { ExtractTablesWithRelations } from 'drizzle-orm';
import { drizzle as drizzleOverPg } from 'drizzle-orm/node-postgres';
import { drizzle as drizzleOverPostgresJs } from 'drizzle-orm/postgres-js';
import {
  pgTable,
  text,
  type PgQueryResultHKT,
  type PgTransaction,
} from 'drizzle-orm/pg-core';
import { Pool } from 'pg';
import postgres from 'postgres';
import { drizzleTransaction } from './drizzle-transaction.js';
import { itPublishesInTransactions } from './fixtures/adapter-contract.js';
import type { OpenLibrary, OpenTransaction } from './fixtures/open-library.js';

const incident = pgTable('incident', { id: text().primaryKey() });

type NoSchema = Record<string, never>;

function opened<Result extends PgQueryResultHKT>(
  tx: PgTransaction<Result, NoSchema, ExtractTablesWithRelations<NoSchema>>,
): OpenTransaction {
  return {
    adapted: () => drizzleTransaction(tx),
    write: (id) => tx.insert(incident).values({ id }),
    nested: (work) => tx.transaction((inner) => work(opened(inner))),
  };
}

async function openOverPg(connectionString: string): Promise<OpenLibrary> {
  const pool = new Pool({ connectionString });
  const db = drizzleOverPg(pool);
  return {
    transaction: (work) => db.transaction((tx) => work(opened(tx))),
    // @ts-expect-error -- the type refuses it as well
    outside: { 'a database': () => drizzleTransaction(db) },
    close: () => pool.end(),
  };
}

async function openOverPostgresJs(
  connectionString: string,
): Promise<OpenLibrary> {
  const client = postgres(connectionString);
  const db = drizzleOverPostgresJs(client);
  return {
    transaction: (work) => db.transaction((tx) => work(opened(tx))),
    // @ts-expect-error -- the type refuses it as well
    outside: { 'a database': () => drizzleTransaction(db) },
    close: () => client.end(),
  };
}

describe('drizzleTransaction', () => {
  itPublishesInTransactions('over pg', { hears: 'commit', open: openOverPg });

  itPublishesInTransactions('over postgres.js', {
    hears: 'publish',
    open: openOverPostgresJs,
  });
});
