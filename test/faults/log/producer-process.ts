import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { waitFor, type LogEvent } from '#testing';
import { eventOf } from './event-lines.js';
import type { ProducerOrder } from './producer-main.js';

const ROOT = fileURLToPath(new URL('../../..', import.meta.url));
const STOP_DEADLINE_MS = 60_000;

/** A producer in a process of its own. It ends with this process. */
export class ProducerProcess {
  readonly name: string;
  readonly #file: string;
  readonly #child: ChildProcess;
  readonly #exited: Promise<unknown>;
  #stderr = '';

  constructor(order: ProducerOrder) {
    this.name = order.name;
    this.#file = order.file;
    writeFileSync(this.#file, '');
    this.#child = spawn(
      process.execPath,
      [
        '--import',
        './scripts/typescript-hooks.mjs',
        'test/faults/log/producer-main.ts',
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

  /** Its history so far. */
  events(): LogEvent[] {
    const text = readFileSync(this.#file, 'utf8');
    // A line that is being written has no end yet.
    const lines = text.slice(0, text.lastIndexOf('\n') + 1).split('\n');
    return lines.filter((line) => line !== '').map(eventOf);
  }

  /** Waits until `count` more of its values were acknowledged than are by now. */
  async progress(count: number): Promise<void> {
    const before = this.acknowledged();
    await waitFor(
      `${count} more values of ${this.name} to be acknowledged`,
      () => !this.#runs() || this.acknowledged() >= before + count,
      { timeoutMs: 60_000, intervalMs: 25 },
    );
    if (!this.#runs()) throw this.#ended();
  }

  /** Halts it (SIGSTOP): its sockets stay open, it takes nothing and says nothing. */
  pause(): void {
    this.#child.kill('SIGSTOP');
  }

  /** Lets it go on (SIGCONT). */
  resume(): void {
    this.#child.kill('SIGCONT');
  }

  /** Has it finish what is under way. Throws when it ended otherwise than by that. */
  async stop(): Promise<void> {
    this.resume();
    this.#child.stdin?.end();
    const late = setTimeout(
      () => this.#child.kill('SIGKILL'),
      STOP_DEADLINE_MS,
    );
    if (this.#runs()) await this.#exited;
    clearTimeout(late);
    if (this.#child.exitCode !== 0) throw this.#ended();
  }

  /** Kills it (SIGKILL), whatever it does. */
  async kill(): Promise<void> {
    if (!this.#runs()) return;
    this.#child.kill('SIGKILL');
    await this.#exited;
  }

  #ended(): Error {
    const { exitCode, signalCode } = this.#child;
    return new Error(
      `${this.name} ended with ${exitCode ?? signalCode}: ${this.#stderr}`,
    );
  }

  #runs(): boolean {
    return this.#child.exitCode === null && this.#child.signalCode === null;
  }

  /** How many of its values were acknowledged so far. */
  acknowledged(): number {
    return this.events().filter(({ kind }) => kind === 'ok').length;
  }
}
