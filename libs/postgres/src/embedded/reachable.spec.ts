import {
  chmod,
  mkdir,
  mkdtemp,
  rm,
  symlink,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { firstUnreachable } from './reachable.js';

const stranger = { uid: 54_321, gid: 54_321 };
const us = { uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0 };
let folder: string;
let file: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'postamt-spec-'));
  await mkdir(join(folder, 'inner'), { mode: 0o755 });
  file = join(folder, 'inner/file');
  await writeFile(file, '', { mode: 0o644 });
  await chmod(folder, 0o755);
});

afterEach(() => rm(folder, { recursive: true }));

describe('firstUnreachable', () => {
  it('finds nothing in the way of what all may read', async () => {
    expect(await firstUnreachable(file, stranger)).toBeUndefined();
  });

  it('names the folder that others may not enter, which its owner may', async () => {
    await chmod(folder, 0o700);
    expect(await firstUnreachable(file, stranger)).toBe(folder);
    expect(await firstUnreachable(file, us)).toBeUndefined();
  });

  it('goes by the group where the account is in it', async () => {
    await chmod(folder, 0o710);
    const member = { ...stranger, gid: us.gid };
    expect(await firstUnreachable(file, member)).toBeUndefined();
    expect(await firstUnreachable(file, stranger)).toBe(folder);
  });

  it('names the file that others may not read', async () => {
    await chmod(file, 0o600);
    expect(await firstUnreachable(file, stranger)).toBe(file);
  });

  it('follows a link to where it leads', async () => {
    const closed = join(folder, 'closed');
    await mkdir(closed, { mode: 0o700 });
    await writeFile(join(closed, 'file'), '');
    const link = join(folder, 'link');
    await symlink(join(closed, 'file'), link);
    expect(await firstUnreachable(link, stranger)).toBe(closed);
  });
});
