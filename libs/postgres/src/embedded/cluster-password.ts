import { randomBytes } from 'node:crypto';
import { open, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ServerAccount } from './server-account.js';

/** A new random password, safe in a URL. */
export function newPassword(): string {
  return randomBytes(18).toString('base64url');
}

/** The password that a kept cluster was made with, from its data directory; undefined when it is not written there. */
export async function readClusterPassword(
  dataDirectory: string,
): Promise<string | undefined> {
  const file = clusterPasswordFile(dataDirectory);
  return readFile(file, 'utf8').catch(() => undefined);
}

/** Where a data directory keeps its password. */
export function clusterPasswordFile(dataDirectory: string): string {
  return join(dataDirectory, 'postamt.password');
}

/**
 * Writes a password into a new file that only the server's account can read. The folder is that account's, and we may be
 * root: an entry that somebody put there first (a link to elsewhere) is refused, not written through.
 */
export async function writePassword(
  file: string,
  password: string,
  account: ServerAccount | undefined,
): Promise<void> {
  const handle = await open(file, 'wx', 0o600);
  try {
    await handle.writeFile(password);
    if (account) await handle.chown(account.uid, account.gid);
  } finally {
    await handle.close();
  }
}
