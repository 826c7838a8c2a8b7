import { randomBytes } from 'node:crypto';
import { chown, readFile, writeFile } from 'node:fs/promises';
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

/** Writes a password so that only the server's account can read it. */
export async function writePassword(
  file: string,
  password: string,
  account: ServerAccount | undefined,
): Promise<void> {
  await writeFile(file, password, { mode: 0o600 });
  if (account) await chown(file, account.uid, account.gid);
}
