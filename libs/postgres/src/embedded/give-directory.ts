import { lchown, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Cluster } from './cluster.js';

/** Gives the data directory to the account that the server runs as, with all in it (a copy that root made of a cluster). */
export async function giveDirectory({
  account,
  dataDirectory,
}: Pick<Cluster, 'account' | 'dataDirectory'>): Promise<void> {
  if (!account) return;
  const { uid, gid } = account;
  const names = await readdir(dataDirectory, { recursive: true });
  // Links are not followed (a tablespace elsewhere is its owner's affair), and what is in a folder goes before the folder:
  // nobody but us can exchange anything below one that is still ours.
  for (const name of names.toReversed())
    await lchown(join(dataDirectory, name), uid, gid);
  await lchown(dataDirectory, uid, gid);
}
