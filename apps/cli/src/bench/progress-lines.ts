import type { Output } from '../output.js';
import { formatRates } from './format-rates.js';
import { Progress, type Rates } from './progress.js';

/** How a bench tells what it does. */
export interface ProgressLineOptions {
  /** What is said before the last line: `sent`, `read`. */
  readonly verb: string;
  readonly intervalMs: number;
  readonly json: boolean;
  /** Whether latencies are measured. */
  readonly latencies: boolean;
}

/** A line every few seconds, and one at the end, of all of it. */
export class ProgressLines {
  readonly progress = new Progress();
  readonly #output: Output;
  readonly #options: ProgressLineOptions;
  readonly #timer: NodeJS.Timeout;

  constructor(output: Output, options: ProgressLineOptions) {
    this.#output = output;
    this.#options = options;
    this.#timer = setInterval(() => {
      // A reader that is slow, or has left, does not slow the bench down: nobody waits for the line.
      void this.#write(this.progress.look(), false);
    }, options.intervalMs);
  }

  /** The last line. */
  async end(): Promise<void> {
    clearInterval(this.#timer);
    this.progress.look();
    await this.#write(this.progress.total(), true);
  }

  async #write(rates: Rates, final: boolean): Promise<void> {
    const { json, verb, latencies } = this.#options;
    const { latencyMs, ...counts } = rates;
    const told = { final, ...counts, ...(latencies && { latencyMs }) };
    const words = formatRates(rates);
    const text = final ? `${verb} ${words}` : words;
    await this.#output.line(json ? JSON.stringify(told) : text);
  }
}
