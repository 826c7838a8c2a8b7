import type { Progress } from './progress.js';

const EVERY_MS = 3_000;

/** A line every few seconds, for a log. */
export class LineProgress implements Progress {
  readonly #write: (line: string) => void;
  readonly #now: () => number;
  readonly #tasks = new Map<string, string>();
  #saidAt: number;
  #said = '';

  constructor(
    write: (line: string) => void = (line) => void process.stderr.write(line),
    now: () => number = () => performance.now(),
  ) {
    this.#write = write;
    this.#now = now;
    this.#saidAt = now();
  }

  show(task: string, done: number, total: number): void {
    this.#tasks.set(task, `${task} ${done}/${Math.max(total, done)}`);
    if (this.#now() - this.#saidAt >= EVERY_MS) this.#sayTasks();
  }

  say(line: string): void {
    this.#write(`${line}\n`);
  }

  end(): void {
    this.#sayTasks();
  }

  #sayTasks(): void {
    this.#saidAt = this.#now();
    const line = [...this.#tasks.values()].join(' · ');
    if (line === this.#said) return;
    this.#said = line;
    this.say(line);
  }
}
