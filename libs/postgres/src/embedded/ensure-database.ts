import { Client } from 'pg';
import { embeddedPostgresFailed } from './embedded-postgres-failed.js';

/** Makes the database that the connection string names, when it is missing. */
export async function ensureDatabase(connectionString: string): Promise<void> {
  const url = new URL(connectionString);
  const database = decodeURIComponent(url.pathname.slice(1));
  url.pathname = '/postgres';
  const client = new Client({ connectionString: url.href });
  // A connection that breaks fails the query under way; nobody hears it otherwise.
  client.on('error', () => {});
  try {
    await client.connect();
    await createIfMissing(client, database);
  } catch (error) {
    throw embeddedPostgresFailed(
      `The embedded Postgres runs, but its database ${database} could not be opened or made: ${String(error)}${adviceFor(error)}`,
      error,
    );
  } finally {
    await client.end().catch(() => {});
  }
}

async function createIfMissing(
  client: Client,
  database: string,
): Promise<void> {
  const found = await client.query(
    'select from pg_database where datname = $1',
    [database],
  );
  if (found.rowCount !== 0) return;
  await client.query(`create database ${client.escapeIdentifier(database)}`);
}

function adviceFor(error: unknown): string {
  // invalid_password
  return (error as { code?: string }).code === '28P01'
    ? '. The cluster was made with another password: pass that one as `password`.'
    : '';
}
