import { readdirSync } from 'node:fs';
import { runCommand } from './run-command.ts';

/** Programs for the next start, where those of the package cannot be run; what npm and the compiler keep. */
const KEPT = /^(postamt-native-\d+|node-compile-cache)$/;

/** What was left behind by what ran with `temporary` as its folder for temporary files. */
export async function leftovers(
  folder: string,
  temporary: string,
): Promise<string[]> {
  const { stdout } = await runCommand('ps', ['-axww', '-o', 'pid=,args='], {
    cwd: folder,
  });
  const processes = stdout
    .split('\n')
    .filter((line) => line.includes(folder))
    .map((line) => `still runs: ${line.trim()}`);
  const files = readdirSync(temporary)
    .filter((name) => !KEPT.test(name))
    .map((name) => `left in the folder for temporary files: ${name}`);
  return [...processes, ...files];
}
