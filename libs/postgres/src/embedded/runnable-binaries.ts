import { access, constants } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { NativeBinaries } from './native-binaries.js';
import { copyNativeBinaries, hasLibraryLinks } from './native-copy.js';
import { firstUnreachable } from './reachable.js';
import type { ServerAccount } from './server-account.js';

/** One of each kind: a program, a library, data. An install gives the files of a kind the same permissions. */
const PROBES = ['bin/postgres', 'lib', 'share/postgresql/postgres.bki'];

/**
 * The binaries where `account` can run them: as installed, or, when it cannot reach them there (node_modules below
 * /root) or the install's scripts have not run, a copy in the machine's folder for temporary files.
 */
export async function runnableBinaries(
  binaries: NativeBinaries,
  account: ServerAccount | undefined,
  cacheDirectory: string = defaultCacheDirectory(),
): Promise<NativeBinaries> {
  const complete =
    (await isExecutable(join(binaries.directory, 'bin/postgres'))) &&
    (await hasLibraryLinks(binaries.directory));
  if (complete && (await isReachable(binaries.directory, account)))
    return binaries;
  return copyNativeBinaries(binaries, cacheDirectory);
}

function defaultCacheDirectory(): string {
  return join(tmpdir(), `postamt-native-${process.getuid?.() ?? 0}`);
}

async function isReachable(
  directory: string,
  account: ServerAccount | undefined,
): Promise<boolean> {
  if (!account) return true;
  for (const probe of PROBES)
    if (await firstUnreachable(join(directory, probe), account)) return false;
  return true;
}

async function isExecutable(program: string): Promise<boolean> {
  return access(program, constants.X_OK).then(
    () => true,
    () => false,
  );
}
