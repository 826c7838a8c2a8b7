import { spawn } from 'node:child_process';
import { once } from 'node:events';

/** How a command is run. */
export interface CommandOptions {
  readonly cwd: string;
  readonly env?: NodeJS.ProcessEnv;
  /** The exit code that is right; 0 by default. */
  readonly expected?: number;
}

/** What a command printed. */
export interface CommandOutput {
  readonly stdout: string;
  readonly stderr: string;
}

const TIMEOUT_MS = 120_000;
const SHOWN_LINES = 40;

/**
 * Runs a command to its end.
 *
 * @throws Error with the command and the end of its output where it does not end as expected
 */
export async function runCommand(
  command: string,
  args: readonly string[],
  { cwd, env = {}, expected = 0 }: CommandOptions,
): Promise<CommandOutput> {
  const child = spawn(command, args, {
    cwd,
    env: { ...userEnvironment(), ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: TIMEOUT_MS,
  });
  const output = { stdout: '', stderr: '' };
  child.stdout.on('data', (chunk) => (output.stdout += String(chunk)));
  child.stderr.on('data', (chunk) => (output.stderr += String(chunk)));
  const [code, signal] = (await once(child, 'close')) as [
    number | null,
    string | null,
  ];
  if (code === expected) return output;
  const shown = `${output.stdout}\n${output.stderr}`.trim().split('\n');
  throw new Error(
    `\`${[command, ...args].join(' ')}\` ended with ${code ?? signal}, not ${expected}:\n${shown.slice(-SHOWN_LINES).join('\n')}`,
  );
}

/** The environment without what `npm run` and this project add to it: a user's commands run as in a shell of theirs. */
export function userEnvironment(): NodeJS.ProcessEnv {
  return Object.fromEntries(
    Object.entries(process.env).filter(
      ([name]) =>
        !/^(npm_(package|lifecycle)_|npm_config_(local_prefix|loglevel)$|INIT_CWD$|NODE_|POSTAMT_|DATABASE_URL$)/.test(
          name,
        ),
    ),
  );
}
