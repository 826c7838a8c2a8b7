import { expect, it } from '@jest/globals';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { waitFor } from '../wait-for.js';

const ROOT = join(import.meta.dirname, '../../../..');

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

it('a standby and its data go with the process that started it when that is killed', async () => {
  const owner = spawn(
    process.execPath,
    [
      '--import',
      join(ROOT, 'scripts/typescript-hooks.mjs'),
      join(import.meta.dirname, 'fixtures/standby-owner.ts'),
    ],
    { cwd: ROOT, stdio: ['ignore', 'pipe', 'inherit'] },
  );
  const [line] = (await once(createInterface(owner.stdout), 'line')) as [
    string,
  ];
  const { pid, directory } = JSON.parse(line) as {
    pid: number;
    directory: string;
  };
  expect(isAlive(pid)).toBe(true);
  expect(existsSync(directory)).toBe(true);
  owner.kill('SIGKILL');
  await waitFor('the standby to be gone', () => !isAlive(pid));
  await waitFor('its data to be gone', () => !existsSync(dirname(directory)));
});
