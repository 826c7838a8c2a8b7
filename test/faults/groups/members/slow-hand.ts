import { sleep } from '#kernel';
import { HANGS_MS } from './member-order.js';

/**
 * How long a handler takes: mostly next to nothing, now and then long enough to be caught at it, and seldom so
 * long that its member loses its partitions. It may fail.
 */
export class SlowHand {
  readonly #random: () => number;

  constructor(random: () => number) {
    this.#random = random;
  }

  /** Throws once in so many times. */
  async workOrFail(times: number): Promise<void> {
    await this.work();
    if (this.#random() * times < 1) throw new Error('the handler failed');
  }

  async work(): Promise<void> {
    const chance = this.#random();
    if (chance < 0.0002) await sleep(HANGS_MS);
    else if (chance < 0.03) await sleep(60 + 60 * this.#random());
    else if (chance < 0.15) await sleep(5 + 10 * this.#random());
    else if (chance < 0.6) await sleep(1);
  }
}
