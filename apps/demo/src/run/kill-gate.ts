import { setTimeout as delay } from 'node:timers/promises';

/** How long the second half takes at least, as long as the gate is not open. */
const SECOND_HALF_MS = 5_000;
const LONGEST_WAIT_MS = 500;

/**
 * Holds the writers back until a relay was killed: a small input would be written and moved before that can be done. The
 * first half passes as it comes, the second half slowly.
 */
export class KillGate {
  readonly #writers: number;
  #isOpen = false;

  constructor(writers: number) {
    this.#writers = writers;
  }

  /** Lets everything pass. */
  open(): void {
    this.#isOpen = true;
  }

  /** Waits as long as the next row has to, when `done` of about `total` rows are written. */
  async pass(done: number, total: number): Promise<void> {
    const ms = this.#isOpen ? 0 : waitMs(done, total, this.#writers);
    if (ms > 0) await delay(ms);
  }
}

function waitMs(done: number, total: number, writers: number): number {
  if (done < total / 2) return 0;
  const share = (SECOND_HALF_MS * writers) / (total / 2);
  return Math.min(LONGEST_WAIT_MS, share);
}
