import { realpath, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { ServerAccount } from './server-account.js';

/**
 * The first file or folder on the way to `path` (symbolic links resolved) that `account` may not enter or read;
 * undefined when it reaches `path`. Goes by the permission bits: lists of access rights are not looked at.
 */
export async function firstUnreachable(
  path: string,
  account: ServerAccount,
): Promise<string | undefined> {
  const steps = [await realpath(path)];
  for (let step = steps[0] ?? ''; step !== dirname(step);)
    steps.unshift((step = dirname(step)));
  for (const step of steps) {
    const entry = await stat(step);
    const needed = entry.isDirectory() ? 0o1 : 0o4;
    if ((permissionsFor(entry, account) & needed) === 0) return step;
  }
  return undefined;
}

function permissionsFor(
  entry: { mode: number; uid: number; gid: number },
  account: ServerAccount,
): number {
  if (entry.uid === account.uid) return entry.mode >> 6;
  return entry.gid === account.gid ? entry.mode >> 3 : entry.mode;
}
