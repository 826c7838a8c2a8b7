import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { userEnvironment } from './run-command.ts';

const TIMEOUT_MS = 30_000;

/** A process that runs until it is asked to end. */
export class StartedProcess {
  readonly #child: ChildProcess;
  readonly #ended: Promise<unknown[]>;
  #output = '';

  constructor(
    args: readonly string[],
    options: { readonly cwd: string; readonly env: NodeJS.ProcessEnv },
  ) {
    this.#child = spawn(process.execPath, args, {
      cwd: options.cwd,
      env: { ...userEnvironment(), ...options.env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.#ended = once(this.#child, 'close');
    this.#child.stderr?.on('data', (chunk) => (this.#output += String(chunk)));
  }

  /**
   * The first line on stdout that `picks` makes something of.
   *
   * @throws Error with its output where it ends, or takes too long, before that
   */
  async line<Picked>(
    picks: (line: string) => Picked | undefined,
  ): Promise<Picked> {
    const { stdout } = this.#child;
    if (!stdout) throw new Error('stdout is not piped');
    const timer = setTimeout(() => this.#child.kill('SIGKILL'), TIMEOUT_MS);
    try {
      for await (const line of createInterface(stdout)) {
        this.#output += `${line}\n`;
        const picked = picks(line);
        if (picked !== undefined) return picked;
      }
    } finally {
      clearTimeout(timer);
      stdout.resume();
    }
    throw new Error(
      `${this.#child.spawnargs.join(' ')} never said what was awaited:\n${this.#output}`,
    );
  }

  /** Asks it to end, and waits for it; kills it where it does not. Resolves to its exit code, or to the signal. */
  async end(signal: 'SIGINT' | 'SIGTERM'): Promise<number | string> {
    this.#child.kill(signal);
    const timer = setTimeout(() => this.#child.kill('SIGKILL'), TIMEOUT_MS);
    const [code, killed] = await this.#ended;
    clearTimeout(timer);
    return (code ?? killed) as number | string;
  }
}
