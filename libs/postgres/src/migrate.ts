import { readdir, readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { Kysely, PostgresDialect, sql } from 'kysely';
import { Migrator, type Migration } from 'kysely/migration';
import { Pool, type PoolConfig } from 'pg';
import { PostamtError } from '#kernel';
import { asPostamtError } from './postgres-failure.js';
import { schemaName } from './schema-name.js';
import { decideSchema, type SchemaVerdict } from './schema-version.js';

export interface MigrateOptions {
  readonly connection: string | PoolConfig;
  readonly schema?: string;
  /** Where the numbered SQL files lie; Postamt's own by default. */
  readonly directory?: string;
}

/** What a migration run did: the names of the files that it ran, none when the schema was up to date. */
export interface MigrateResult {
  readonly schema: string;
  readonly applied: readonly string[];
}

const MIGRATION_TABLE = 'migrations';
const CONNECT_TIMEOUT_MS = 10_000;

/**
 * Brings the schema of Postamt up to this version: numbered SQL files, forward only, each in a transaction. Any number
 * of processes may do it at once; one does the work and the others wait for it.
 *
 * @throws SCHEMA_TOO_NEW when a newer version marked the schema as breaking for this one; MIGRATION_FAILED with the
 * file's name and the server's words.
 *
 * @example
 * await migrate({ connection: process.env.DATABASE_URL });
 */
export async function migrate(options: MigrateOptions): Promise<MigrateResult> {
  const schema = schemaName(options.schema);
  const files = await readMigrations(
    options.directory ?? ownDirectory(),
    schema,
  );
  return withKysely(options.connection, async (db) => {
    const known = Object.keys(files);
    const applied = await readApplied(db, schema);
    const verdict = decideSchema(known, applied);
    refuseTooNew(schema, verdict);
    if (verdict.pending.length === 0) return { schema, applied: [] };
    return { schema, applied: await runMigrations(db, schema, files) };
  });
}

/**
 * Checks that this version may work on the schema as it stands.
 *
 * @throws SCHEMA_TOO_OLD when migrations are missing; SCHEMA_TOO_NEW when a newer, breaking one ran.
 */
export async function checkSchema(options: MigrateOptions): Promise<void> {
  const schema = schemaName(options.schema);
  const files = await readMigrations(
    options.directory ?? ownDirectory(),
    schema,
  );
  const applied = await withKysely(options.connection, (db) =>
    readApplied(db, schema),
  );
  const verdict = decideSchema(Object.keys(files), applied);
  refuseTooNew(schema, verdict);
  if (verdict.pending.length === 0) return;
  throw new PostamtError(
    'SCHEMA_TOO_OLD',
    `schema ${schema} lacks the migrations ${verdict.pending.join(', ')}; run \`postamt migrate\``,
  );
}

function refuseTooNew(schema: string, verdict: SchemaVerdict): void {
  if (verdict.breaking.length === 0) return;
  throw new PostamtError(
    'SCHEMA_TOO_NEW',
    `schema ${schema} was migrated by a newer Postamt (${verdict.breaking.join(', ')}) that this version must not work on; upgrade postamt`,
  );
}

async function runMigrations(
  db: Kysely<unknown>,
  schema: string,
  files: Record<string, string>,
): Promise<string[]> {
  const migrator = new Migrator({
    db,
    provider: { getMigrations: async () => asMigrations(files) },
    migrationTableName: MIGRATION_TABLE,
    migrationLockTableName: `${MIGRATION_TABLE}_lock`,
    migrationTableSchema: schema,
  });
  const { error, results = [] } = await migrator.migrateToLatest();
  if (error === undefined) {
    return results.map((result) => result.migrationName);
  }
  const failed = results.find((result) => result.status === 'Error');
  const at = failed ? `${failed.migrationName} failed` : 'could not begin';
  throw new PostamtError(
    'MIGRATION_FAILED',
    `migration of schema ${schema}: ${at}: ${(error as Error).message}`,
    { cause: error },
  );
}

function asMigrations(
  files: Record<string, string>,
): Record<string, Migration> {
  const migrations = Object.entries(files).map(([name, text]) => [
    name,
    {
      up: async (db: Kysely<unknown>) => void (await sql.raw(text).execute(db)),
    },
  ]);
  return Object.fromEntries(migrations) as Record<string, Migration>;
}

/** Reads the numbered files. A file marked `--! breaking` bears that in its migration's name, and so in the database. */
async function readMigrations(
  directory: string,
  schema: string,
): Promise<Record<string, string>> {
  const names = (await readdir(directory)).filter((name) =>
    /^\d{6}\.sql$/.test(name),
  );
  const migrations: Record<string, string> = {};
  for (const name of names.sort()) {
    const text = await readFile(join(directory, name), 'utf8');
    const breaking = /^--! breaking\s*$/m.test(text.split('\n', 1)[0] ?? '');
    const key = name.replace('.sql', breaking ? '-breaking' : '');
    migrations[key] = text.replaceAll(/:schema\b/g, schema);
  }
  return migrations;
}

async function readApplied(
  db: Kysely<unknown>,
  schema: string,
): Promise<string[]> {
  const table = `${schema}.${MIGRATION_TABLE}`;
  const exists = await sql<{
    found: string | null;
  }>`select to_regclass(${table})::text as found`.execute(db);
  if (!exists.rows[0]?.found) return [];
  const { rows } = await sql<{
    name: string;
  }>`select name from ${sql.table(table)} order by name`.execute(db);
  return rows.map((row) => row.name);
}

function ownDirectory(): string {
  const require = createRequire(import.meta.url);
  return dirname(require.resolve('#migrations/000001.sql'));
}

async function withKysely<T>(
  connection: string | PoolConfig,
  act: (db: Kysely<unknown>) => Promise<T>,
): Promise<T> {
  const config =
    typeof connection === 'string'
      ? { connectionString: connection }
      : connection;
  const pool = new Pool({
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    ...config,
    application_name: 'postamt-migrate',
    max: 1,
  });
  pool.on('error', () => {});
  const db = new Kysely<unknown>({ dialect: new PostgresDialect({ pool }) });
  try {
    return await act(db);
  } catch (error) {
    throw asPostamtError(error);
  } finally {
    await db.destroy();
  }
}
