import { checkSchema, connectionString, Database } from '#postgres';
import type { GlobalOptions } from './global-options.js';

/** Where the database comes from, for messages about it. */
const SOURCE = 'DATABASE_URL (or --database-url)';

/** The installation that the options name. A variable that is empty counts as not set. */
export function installation(options: GlobalOptions): {
  connection: string;
  schema?: string;
} {
  const connection = connectionString(options.databaseUrl, SOURCE);
  return { connection, ...(options.schema && { schema: options.schema }) };
}

/**
 * Opens the installation, of which this version must know the schema, for one command.
 *
 * @throws PostamtError INVALID_CONFIG, SCHEMA_TOO_OLD, SCHEMA_TOO_NEW, POSTGRES_UNAVAILABLE
 */
export async function withDatabase(
  options: GlobalOptions,
  command: (db: Database) => Promise<void>,
): Promise<void> {
  const target = installation(options);
  await checkSchema(target);
  const db = new Database({ ...target, applicationName: 'postamt-cli' });
  try {
    await command(db);
  } finally {
    await db.close();
  }
}
