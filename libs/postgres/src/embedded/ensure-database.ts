import { Client } from 'pg';
import { embeddedPostgresFailed } from './embedded-postgres-failed.js';

/** Makes a database when it is missing, by a connection to one that exists. */
export async function ensureDatabase(
  connectionString: string,
  database: string,
): Promise<void> {
  const client = new Client({ connectionString });
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
