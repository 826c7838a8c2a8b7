import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { clusterPasswordFile, writePassword } from './cluster-password.js';
import {
  clusterCommand,
  quoteLines,
  SUPERUSER,
  type Cluster,
} from './cluster.js';
import { embeddedPostgresFailed } from './embedded-postgres-failed.js';
import type { Supervision } from './supervision.js';

/** What a new cluster is made with. */
export interface NewCluster {
  readonly cluster: Cluster;
  readonly password: string;
  /** Where the password may lie while initdb reads it. */
  readonly temporaryDirectory: string;
  /** Whether the data outlive the server, and so are flushed to disk once they are made. */
  readonly kept: boolean;
}

/** Runs initdb: UTF8, locale C, passwords by SCRAM. An initdb that fails or is stopped leaves the directory empty. */
export async function initialiseCluster(
  supervision: Supervision,
  { cluster, password, temporaryDirectory, kept }: NewCluster,
): Promise<void> {
  const { account, dataDirectory } = cluster;
  const passwordFile = join(temporaryDirectory, 'password');
  await writePassword(passwordFile, password, account);
  const initdb = await supervision.run(
    clusterCommand(
      cluster,
      'initdb',
      [
        `--pgdata=${dataDirectory}`,
        `--username=${SUPERUSER}`,
        `--pwfile=${passwordFile}`,
        '--auth=scram-sha-256',
        '--encoding=UTF8',
        '--locale=C',
        '--no-instructions',
        ...(kept ? [] : ['--no-sync']),
      ],
      '/',
    ),
  );
  const { code, signal } = await supervision.untilEnded(initdb);
  if (code !== 0)
    throw embeddedPostgresFailed(
      `initdb could not make a cluster in ${dataDirectory} (${signal ?? `exit code ${code}`}). ${quoteLines(initdb.lastLines)}`,
    );
  await rm(passwordFile);
  if (kept)
    await writePassword(clusterPasswordFile(dataDirectory), password, account);
}
