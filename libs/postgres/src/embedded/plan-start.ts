import { randomUUID } from 'node:crypto';
import { realpath } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { newPassword, readClusterPassword } from './cluster-password.js';
import type { Cluster } from './cluster.js';
import { claimDataDirectory, type DataDirectory } from './data-directory.js';
import { embeddedPostgresFailed } from './embedded-postgres-failed.js';
import type { EmbeddedPostgresOptions } from './embedded-postgres-options.js';
import { findNativeBinaries } from './native-binaries.js';
import { firstUnreachable } from './reachable.js';
import { runnableBinaries } from './runnable-binaries.js';
import { chooseServerAccount, type ServerAccount } from './server-account.js';
import { refuseTakenPort } from './start-server.js';

/** What is known before anything is started. */
export interface StartPlan {
  readonly cluster: Cluster;
  /** The port that was asked for; undefined: a free one. */
  readonly port: number | undefined;
  readonly password: string;
  /** The folder to be kept; undefined when data are thrown away. */
  readonly kept: DataDirectory | undefined;
  /** Undefined when nothing needs one: a kept cluster that exists. */
  readonly temporaryDirectory: string | undefined;
}

/** Decides how to start, and refuses what cannot work before anything runs. A folder to be kept is made if need be. */
export async function planStart(
  options: EmbeddedPostgresOptions,
): Promise<StartPlan> {
  const { dataDirectory, host = '127.0.0.1', settings = {} } = options;
  refuseSettings(settings);
  refusePassword(options.password);
  const port = options.port || undefined;
  if (port !== undefined) await refuseTakenPort(host, port);
  const found = await findNativeBinaries(options.binaries?.package);
  const kept =
    dataDirectory === undefined
      ? undefined
      : await claimDataDirectory(dataDirectory, found.major);
  const account = await chooseServerAccount(kept?.owner);
  const binaries = await runnableBinaries(found, account);
  const temporary = join(await realpath(tmpdir()), newTemporaryName());
  const path = kept?.path ?? join(temporary, 'data');
  await refuseUnreachable(kept?.path ?? tmpdir(), account);
  return {
    cluster: { binaries, account, dataDirectory: path, host, settings },
    port,
    password: await choosePassword(options.password, kept),
    kept,
    temporaryDirectory: kept?.holdsCluster ? undefined : temporary,
  };
}

function newTemporaryName(): string {
  return `postamt-postgres-${randomUUID()}`;
}

function refuseSettings(settings: Readonly<Record<string, string>>): void {
  for (const name of ['port', 'data_directory'])
    if (name in settings)
      throw embeddedPostgresFailed(
        `The setting ${name} is not passed in \`settings\`: use the option \`port\` or \`dataDirectory\`.`,
      );
}

function refusePassword(password: string | undefined): void {
  // initdb reads the first line of a file, and takes an empty one for none.
  if (password !== undefined && !/^[^\r\n]+$/.test(password))
    throw embeddedPostgresFailed(
      'The password is empty or has a line break: pass another one, or none to have one made.',
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
