import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import type { Program } from '../../scripts/docs/programs-of.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const HOOKS = pathToFileURL(join(ROOT, 'scripts/typescript-hooks.mjs')).href;
const DEADLINE_MS = 30_000;

/**
 * Makes a folder inside the project, where the name `postamt` leads to the sources, hands it over and removes it. The
 * programs of a page share it, so that one finds what the one before has left.
 */
export async function withProgramFolder<Result>(
  name: string,
  use: (folder: string) => Promise<Result>,
): Promise<Result> {
  mkdirSync(join(ROOT, '.postamt'), { recursive: true });
  const folder = mkdtempSync(join(ROOT, '.postamt', `${name}-`));
  // As root, the embedded server runs as another user, who has to get to the data in it.
  chmodSync(folder, 0o755);
  try {
    return await use(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Writes a page's program into `folder`, runs it there in a process of its own, and gives what it printed. */
export async function runProgram(
  folder: string,
  program: Program,
): Promise<string> {
  for (const [name, { fences }] of program.files) {
    const file = join(folder, name);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, fences.flatMap(({ code }) => code).join('\n'));
  }
  const child = spawn(process.execPath, ['--import', HOOKS, program.main], {
    cwd: folder,
    // No colours, and no conditions or hooks of the process that runs the tests.
    env: { ...process.env, NO_COLOR: '1', NODE_OPTIONS: '' },
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: DEADLINE_MS,
    killSignal: 'SIGKILL',
  });
  const chunks: Buffer[] = [];
  child.stdout.on('data', (chunk: Buffer) => chunks.push(chunk));
  child.stderr.on('data', (chunk: Buffer) => chunks.push(chunk));
  const [code, signal] = (await once(child, 'close')) as [unknown, unknown];
  const printed = Buffer.concat(chunks).toString();
  return code === 0
    ? printed
    : `${printed}\n${program.main} ended with ${String(code ?? signal)}\n`;
}
