import { execFileSync } from 'node:child_process';
import { existsSync, lstatSync, statSync } from 'node:fs';
import { chmod, cp, mkdir, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { findNativeBinaries, type NativeBinaries } from './native-binaries.js';
import { firstUnreachable } from './reachable.js';
import { runnableBinaries } from './runnable-binaries.js';

const stranger = { uid: 54_321, gid: 54_321 };
let folder: string;
let cache: string;
let installed: NativeBinaries;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'postamt-spec-'));
  cache = join(folder, 'cache');
  await chmod(folder, 0o755);
  installed = await findNativeBinaries();
});

afterEach(() => rm(folder, { recursive: true }));

/** An installation as it stands below a home that others cannot enter. */
async function installPrivately(): Promise<NativeBinaries> {
  const home = join(folder, 'home');
  await mkdir(home, { mode: 0o700 });
  const directory = join(home, 'native');
  await cp(installed.directory, directory, {
    recursive: true,
    verbatimSymlinks: true,
  });
  return { ...installed, directory };
}

function runs({ directory }: NativeBinaries, program: string): string {
  const account = process.getuid?.() === 0 ? stranger : {};
  return execFileSync(join(directory, 'bin', program), ['--version'], {
    encoding: 'utf8',
    cwd: '/',
    ...account,
  });
}

describe('runnableBinaries', () => {
  it('takes the installed ones where the account can reach them', async () => {
    expect(await runnableBinaries(installed, undefined, cache)).toBe(installed);
    expect(existsSync(cache)).toBe(false);
  });

  it('copies those that the account cannot reach to where it can', async () => {
    const hidden = await installPrivately();
    const copy = await runnableBinaries(hidden, stranger, cache);
    expect(copy.directory.startsWith(cache)).toBe(true);
    expect(copy.directory).toContain(installed.version);
    const program = join(copy.directory, 'bin/postgres');
    expect(await firstUnreachable(program, stranger)).toBeUndefined();
    expect(statSync(program).mode & 0o777).toBe(0o755);
    expect(runs(copy, 'initdb')).toContain('PostgreSQL');
  });

  it('copies once, also when two ask at the same time, and leaves no draft', async () => {
    const hidden = await installPrivately();
    const copies = await Promise.all([
      runnableBinaries(hidden, stranger, cache),
      runnableBinaries(hidden, stranger, cache),
    ]);
    expect(copies[0]).toEqual(copies[1]);
    expect(await readdir(cache)).toHaveLength(1);
    const [directory = ''] = copies.map((copy) => copy.directory);
    const before = statSync(directory).ino;
    await runnableBinaries(hidden, stranger, cache);
    expect(statSync(directory).ino).toBe(before);
  });

  it('copies again when files of the copy have been cleaned away', async () => {
    const hidden = await installPrivately();
    const { directory } = await runnableBinaries(hidden, stranger, cache);
    const file = join(directory, 'share/postgresql/timezonesets/Default');
    await rm(file);
    const copy = await runnableBinaries(hidden, stranger, cache);
    expect(copy.directory).toBe(directory);
    expect(existsSync(file)).toBe(true);
    expect(await readdir(cache)).toHaveLength(1);
  });

  it('completes what an install without scripts left out', async () => {
    const bare = await installPrivately();
    const lib = join(bare.directory, 'lib');
    for (const name of await readdir(lib))
      if (lstatSync(join(lib, name)).isSymbolicLink())
        await rm(join(lib, name));
    await chmod(join(bare.directory, 'bin/postgres'), 0o644);
    const copy = await runnableBinaries(bare, undefined, cache);
    expect(copy.directory.startsWith(cache)).toBe(true);
    for (const program of ['initdb', 'postgres'])
      expect(runs(copy, program)).toContain('PostgreSQL');
  });

  it('refuses a cache folder that others can write to', async () => {
    await mkdir(cache);
    await chmod(cache, 0o777);
    const hidden = await installPrivately();
    const attempt = runnableBinaries(hidden, stranger, cache);
    await expect(attempt).rejects.toMatchObject({
      code: 'EMBEDDED_POSTGRES_FAILED',
      message: expect.stringContaining(cache),
    });
  });
});
