import { sleep } from '#kernel';

/** How long a handler takes: mostly next to nothing, now and then long enough to be caught at it. */
export class SlowHand {
  readonly #random: () => number;

  constructor(random: () => number) {
    this.#random = random;
  }

  async work(): Promise<void> {
    const chance = this.#random();
    if (chance < 0.03) await sleep(60 + 60 * this.#random());
    else if (chance < 0.15) await sleep(5 + 10 * this.#random());
    else if (chance < 0.6) await sleep(1);
  }
}
