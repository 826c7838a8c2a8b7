import { readFileSync, writeFileSync } from 'node:fs';
import { waitFor, type LogEvent } from '#testing';
import { ChildProgram } from '../child-program.js';
import { wholeLines } from '../json-lines.js';
import { eventOf } from './event-lines.js';
import type { ProducerOrder } from './producer-main.js';

/** A producer in a process of its own. It ends with this process. */
export class ProducerProcess {
  readonly name: string;
  readonly #file: string;
  readonly #program: ChildProgram;

  constructor(order: ProducerOrder) {
    this.name = order.name;
    this.#file = order.file;
    writeFileSync(this.#file, '');
    const main = 'test/faults/log/producer-main.ts';
    this.#program = new ChildProgram(order.name, main, order);
  }

  /** Its history so far. */
  events(): LogEvent[] {
    return wholeLines(readFileSync(this.#file, 'utf8')).map(eventOf);
  }

  /** Waits until `count` more of its values were acknowledged than are by now. */
  async progress(count: number): Promise<void> {
    const before = this.acknowledged();
    await waitFor(
      `${count} more values of ${this.name} to be acknowledged`,
      () => !this.#program.runs || this.acknowledged() >= before + count,
      { timeoutMs: 60_000, intervalMs: 25 },
    );
    if (!this.#program.runs) throw this.#program.ended();
  }

  /** Halts it (SIGSTOP): its sockets stay open, it takes nothing and says nothing. */
  pause(): void {
    this.#program.pause();
  }

  /** Lets it go on (SIGCONT). */
  resume(): void {
    this.#program.resume();
  }

  /** Has it finish what is under way. Throws when it ended otherwise than by that. */
  async stop(): Promise<void> {
    await this.#program.stop();
  }

  /** Kills it (SIGKILL), whatever it does. */
  async kill(): Promise<void> {
    await this.#program.kill();
  }

  /** How many of its values were acknowledged so far. */
  acknowledged(): number {
    return this.events().filter(({ kind }) => kind === 'ok').length;
  }
}
