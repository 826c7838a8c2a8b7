import { randomUUID } from 'node:crypto';
import {
  chmod,
  cp,
  lstat,
  mkdir,
  readdir,
  readFile,
  rename,
  rm,
  stat,
  symlink,
} from 'node:fs/promises';
import { arch, platform } from 'node:os';
import { basename, dirname, join, relative } from 'node:path';
import { embeddedPostgresFailed } from './embedded-postgres-failed.js';
import type { NativeBinaries } from './native-binaries.js';

/**
 * Copies the binaries to `cacheDirectory`, where every account can read and run them, and completes what an install
 * without its scripts leaves out (symbolic links, permissions to execute). Made once a version, and seen by others only
 * when it is complete: it appears by a rename.
 */
export async function copyNativeBinaries(
  binaries: NativeBinaries,
  cacheDirectory: string,
): Promise<NativeBinaries> {
  await makeSafeDirectory(cacheDirectory);
  const name = `postgres-${binaries.version}-${platform()}-${arch()}`;
  const directory = join(cacheDirectory, name);
  if (await holdsAllOf(binaries.directory, directory))
    return { ...binaries, directory };
  const draft = join(cacheDirectory, `${name}-${randomUUID()}`);
  try {
    await cp(binaries.directory, draft, {
      recursive: true,
      verbatimSymlinks: true,
    });
    await linkLibraries(draft);
    await openToAll(draft);
    await publish(draft, directory, binaries.directory);
  } finally {
    await rm(draft, { recursive: true, force: true });
  }
  return { ...binaries, directory };
}

/** Whether the package's install script, which makes the libraries' symbolic links, has run. */
export async function hasLibraryLinks(directory: string): Promise<boolean> {
  for (const link of await readLinks(directory))
    if (!(await exists(join(directory, link.path)))) return false;
  return true;
}

/** A folder that only we can write to: what lies in it is run by other accounts, and on our behalf. */
async function makeSafeDirectory(directory: string): Promise<void> {
  await mkdir(directory, { mode: 0o755 }).catch((error: unknown) => {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  });
  const entry = await lstat(directory);
  const ours = entry.isDirectory() && entry.uid === process.getuid?.();
  if (!ours || (entry.mode & 0o022) !== 0)
    throw embeddedPostgresFailed(
      `${directory} is not a folder that only this user can write to, so Postgres is not run from it: remove it, or set TMPDIR to another folder.`,
    );
  // The umask may have taken from others what they need to enter.
  if ((entry.mode & 0o055) !== 0o055) await chmod(directory, 0o755);
}

async function publish(
  draft: string,
  directory: string,
  original: string,
): Promise<void> {
  const old = `${draft}-old`;
  try {
    if (!(await holdsAllOf(original, directory)))
      await moveAway(directory, old);
    await rename(draft, directory);
  } catch (error) {
    // Somebody else was faster; theirs is the same.
    if (!(await holdsAllOf(original, directory))) throw error;
  } finally {
    await rm(old, { recursive: true, force: true });
  }
}

async function moveAway(from: string, to: string): Promise<void> {
  await rename(from, to).catch((error: unknown) => {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  });
}

/** Whether a copy still has every file: what cleans temporary folders by age takes single files out of it. */
async function holdsAllOf(original: string, copy: string): Promise<boolean> {
  if (!(await exists(copy))) return false;
  const present = new Set(await readdir(copy, { recursive: true }));
  const wanted = await readdir(original, { recursive: true });
  return wanted.every((name) => present.has(name));
}

async function linkLibraries(directory: string): Promise<void> {
  for (const { path, target } of await readLinks(directory)) {
    const link = join(directory, path);
    if (await exists(link)) continue;
    await rm(link, { force: true });
    await symlink(relative(dirname(link), join(directory, target)), link);
  }
}

/** The links that the install script makes. The list names paths from the package's root: `native/lib/libpq.so.5`. */
async function readLinks(
  directory: string,
): Promise<{ path: string; target: string }[]> {
  const list = join(directory, 'pg-symlinks.json');
  if (!(await exists(list))) return [];
  const links = JSON.parse(await readFile(list, 'utf8')) as {
    source: string;
    target: string;
  }[];
  return links.map(({ source, target }) => ({
    path: relative('native', target),
    target: relative('native', source),
  }));
}

async function openToAll(directory: string): Promise<void> {
  await chmod(directory, 0o755);
  const programs = basename(directory) === 'bin';
  for (const entry of await readdir(directory, { withFileTypes: true })) {
    const path = join(directory, entry.name);
    if (entry.isDirectory()) await openToAll(path);
    else if (entry.isFile()) await chmod(path, programs ? 0o755 : 0o644);
  }
}

async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}
