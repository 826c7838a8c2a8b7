import { existsSync } from 'node:fs';
import { mkdtemp, realpath, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { claimDataDirectory } from './data-directory.js';

let folder: string;

beforeEach(async () => {
  folder = await realpath(await mkdtemp(join(tmpdir(), 'postamt-spec-')));
});

afterEach(() => rm(folder, { recursive: true }));

async function writePostmasterFile(pid: number): Promise<void> {
  await writeFile(join(folder, 'PG_VERSION'), '18\n');
  await writeFile(
    join(folder, 'postmaster.pid'),
    `${pid}\n${folder}\n1\n5432\n`,
  );
}

describe('claimDataDirectory', () => {
  it('makes a folder that is not there, closed to others', async () => {
    const path = join(folder, 'a', 'b');
    const claimed = await claimDataDirectory(path, 18);
    expect(claimed).toMatchObject({ path, holdsCluster: false });
    expect((await stat(path)).mode & 0o777).toBe(0o700);
  });

  it('refuses a name that a file has', async () => {
    const path = join(folder, 'file');
    await writeFile(path, '');
    await expect(claimDataDirectory(path, 18)).rejects.toMatchObject({
      code: 'EMBEDDED_POSTGRES_FAILED',
      message: expect.stringContaining(path),
    });
  });

  it('takes a cluster whose server crashed', async () => {
    // Above what Linux and macOS give to processes.
    await writePostmasterFile(99_999_999);
    const claimed = await claimDataDirectory(folder, 18);
    expect(claimed.holdsCluster).toBe(true);
  });

  (process.platform === 'linux' ? it : it.skip)(
    'takes a cluster whose crashed server’s process id is somebody else’s by now',
    async () => {
      await writePostmasterFile(process.pid);
      await claimDataDirectory(folder, 18);
      expect(existsSync(join(folder, 'postmaster.pid'))).toBe(false);
    },
  );
});
