import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';

/** What a child answers to a question. */
export type Answer =
  | { readonly number: number; readonly result: unknown }
  | { readonly number: number; readonly error: string };

/** What a child is asked to do. */
export interface Question {
  readonly number: number;
  readonly act: string;
  readonly given: unknown;
}

/** Another process of the bench; it ends with this one. */
export class Child {
  readonly pid: number;
  readonly #process: ChildProcess;
  readonly #waiting = new Map<number, PromiseWithResolvers<unknown>>();
  #asked = 0;

  private constructor(process: ChildProcess) {
    this.#process = process;
    this.pid = process.pid ?? 0;
    process.on('message', (answer: Answer) => this.#take(answer));
    process.on('exit', () => {
      for (const { reject } of this.#waiting.values())
        reject(new Error('a process of the bench has ended'));
    });
  }

  /** Runs a file of this folder. */
  static start(file: string): Child {
    const path = join(import.meta.dirname, file);
    // As this process is run: from source, under the same Node.
    return new Child(fork(path, { serialization: 'advanced' }));
  }

  /** Has the child do something, and resolves to what comes of it. */
  async ask<Result = void>(act: string, given: unknown = {}): Promise<Result> {
    this.#asked += 1;
    const waiting = Promise.withResolvers<unknown>();
    this.#waiting.set(this.#asked, waiting);
    const question: Question = { number: this.#asked, act, given };
    this.#process.send(question);
    return (await waiting.promise) as Result;
  }

  async end(): Promise<void> {
    const exited = once(this.#process, 'exit');
    this.#process.disconnect();
    await exited;
  }

  #take(answer: Answer): void {
    const waiting = this.#waiting.get(answer.number);
    this.#waiting.delete(answer.number);
    if ('error' in answer) waiting?.reject(new Error(answer.error));
    else waiting?.resolve(answer.result);
  }
}

/** Runs `body` with a child that is ended behind it. */
export async function withChild<Result>(
  file: string,
  body: (child: Child) => Promise<Result>,
): Promise<Result> {
  const child = Child.start(file);
  try {
    return await body(child);
  } finally {
    await child.end();
  }
}
