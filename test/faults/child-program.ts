import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const STOP_DEADLINE_MS = 60_000;

/**
 * A program of a fault test in a process of its own, run from source. It is told what to do as JSON in its first
 * argument, finishes when its stdin is closed, and so ends with this process.
 */
export class ChildProgram {
  readonly name: string;
  readonly #child: ChildProcess;
  readonly #exited: Promise<unknown>;
  #stderr = '';

  /** `program` is its path from the root of the project. */
  constructor(name: string, program: string, order: unknown) {
    this.name = name;
    this.#child = spawn(
      process.execPath,
      [
        '--import',
        './scripts/typescript-hooks.mjs',
        program,
        JSON.stringify(order),
      ],
      {
        cwd: ROOT,
        env: { ...process.env, NODE_OPTIONS: '' },
        stdio: ['pipe', 'ignore', 'pipe'],
      },
    );
    this.#exited = once(this.#child, 'exit');
    this.#child.stdin?.on('error', () => {});
    this.#child.stderr?.on('data', (chunk: Buffer) => {
      this.#stderr += chunk.toString();
    });
  }

  get runs(): boolean {
    return this.#child.exitCode === null && this.#child.signalCode === null;
  }

  /** Halts it (SIGSTOP): its sockets stay open, it takes nothing and says nothing. */
  pause(): void {
    this.#child.kill('SIGSTOP');
  }

  /** Lets it go on (SIGCONT). */
  resume(): void {
    this.#child.kill('SIGCONT');
  }

  /** Has it finish what is under way, by SIGTERM where it hears that. Throws when it ended otherwise than by that. */
  async stop(options: { readonly bySignal?: boolean } = {}): Promise<void> {
    this.resume();
    if (options.bySignal) this.#child.kill('SIGTERM');
    else this.#child.stdin?.end();
    const late = setTimeout(
      () => this.#child.kill('SIGKILL'),
      STOP_DEADLINE_MS,
    );
    if (this.runs) await this.#exited;
    clearTimeout(late);
    if (this.#child.exitCode !== 0) throw this.ended();
  }

  /** Kills it (SIGKILL), whatever it does. */
  async kill(): Promise<void> {
    if (!this.runs) return;
    this.#child.kill('SIGKILL');
    await this.#exited;
  }

  /** The error that says how it ended. */
  ended(): Error {
    const { exitCode, signalCode } = this.#child;
    return new Error(
      `${this.name} ended with ${exitCode ?? signalCode}: ${this.#stderr}`,
    );
  }
}
