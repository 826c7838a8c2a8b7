import type { EmbeddedPostgres } from '#postgres';
import { startTestServer, TestDatabase } from '#testing';

declare global {
  var embeddedTestServer: EmbeddedPostgres | undefined;
}

/**
 * Starts one cluster for the whole run, unless POSTAMT_TEST_SERVER names one that runs already, and makes the template
 * database in it.
 */
export default async function globalSetup(): Promise<void> {
  const named = process.env.POSTAMT_TEST_SERVER;
  if (named) return TestDatabase.prepareTemplate(named);
  const server = await startTestServer({
    shared_preload_libraries: 'pg_stat_statements',
    max_connections: '200',
  });
  globalThis.embeddedTestServer = server;
  process.env.POSTAMT_TEST_SERVER = server.connectionString;
}
