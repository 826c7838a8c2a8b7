import { MultiBar, Presets, type SingleBar } from 'cli-progress';
import type { Progress } from './progress.js';

/** A bar for each task, for a terminal. */
export class BarProgress implements Progress {
  readonly #bars = new Map<string, SingleBar>();
  readonly #multi = new MultiBar(
    {
      stream: process.stderr,
      format: ' {task} {bar} {value}/{total}  {duration_formatted}',
      clearOnComplete: false,
      hideCursor: true,
      barsize: 36,
      fps: 8,
      // Signals are the demo's to deal with.
      gracefulExit: false,
    },
    Presets.shades_classic,
  );

  show(task: string, done: number, total: number): void {
    const known = this.#bars.get(task);
    const bar =
      known ?? this.#multi.create(total, done, { task: task.padEnd(8) });
    this.#bars.set(task, bar);
    bar.setTotal(Math.max(total, done));
    bar.update(done);
  }

  say(line: string): void {
    if (this.#multi.isActive) this.#multi.log(`${line}\n`);
    else process.stderr.write(`${line}\n`);
  }

  end(): void {
    this.#multi.stop();
  }
}
