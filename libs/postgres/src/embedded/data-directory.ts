import { mkdir, readdir, readFile, realpath, rm, stat } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { embeddedPostgresFailed } from './embedded-postgres-failed.js';
import {
  isPostmasterAlive,
  postmasterFilePath,
  readPostmasterFile,
} from './postmaster-file.js';
import type { ServerAccount } from './server-account.js';

/** A data directory that a server may be started on. */
export interface DataDirectory {
  /** Absolute, symbolic links resolved. */
  readonly path: string;
  /** Whether it holds a cluster already; if not, it is empty. */
  readonly holdsCluster: boolean;
  readonly owner: ServerAccount;
}

/**
 * Looks at a data directory that is to be kept, and makes it when there is none.
 *
 * @throws PostamtError EMBEDDED_POSTGRES_FAILED when it holds something that is no cluster, a cluster of another major
 * version, or one that a server runs on.
 */
export async function claimDataDirectory(
  directory: string,
  major: number,
): Promise<DataDirectory> {
  const path = await makeDirectory(resolve(directory));
  const holdsCluster = (await readdir(path)).length > 0;
  if (holdsCluster) {
    await refuseOtherVersion(path, major);
    await refuseLiveServer(path);
  }
  const { uid, gid } = await stat(path);
  return { path, holdsCluster, owner: { uid, gid } };
}

async function makeDirectory(path: string): Promise<string> {
  try {
    // `recursive` gives its mode to the parents too: as root, the server's account could not pass through them.
    await mkdir(dirname(path), { recursive: true });
    await mkdir(path, { recursive: true, mode: 0o700 });
    return await realpath(path);
  } catch (error) {
    throw embeddedPostgresFailed(
      `The data directory ${path} could not be made (${String(error)}): name a folder that can be.`,
      error,
    );
  }
}

async function refuseOtherVersion(path: string, major: number): Promise<void> {
  const file = join(path, 'PG_VERSION');
  const version = await readFile(file, 'utf8').catch(() => undefined);
  if (version === undefined)
    throw embeddedPostgresFailed(
      `The data directory ${path} is not empty and holds no Postgres cluster: name an empty folder, or one that is yet to be made.`,
    );
  if (version.trim() !== String(major))
    throw embeddedPostgresFailed(
      `The data directory ${path} holds a cluster of Postgres ${version.trim()}, and the installed binaries are of Postgres ${major}: install those of ${version.trim()}, or name another folder.`,
    );
}

async function refuseLiveServer(path: string): Promise<void> {
  const file = await readPostmasterFile(path);
  if (!file) return;
  if (await isPostmasterAlive(path, file))
    throw embeddedPostgresFailed(
      `The data directory ${path} is in use by a running server (process ${file.pid}, port ${file.port ?? 'unknown'}): stop it, or name another folder.`,
    );
  // Postgres itself would refuse to start where the stale file's process id belongs to another process by now.
  await rm(postmasterFilePath(path), { force: true });
}
