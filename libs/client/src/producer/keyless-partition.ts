import { randomInt } from 'node:crypto';

const MOST = 2 ** 31 - 1;

/**
 * Says where records without a key go, and keeps count of what went there. With `sticky` it stays with a partition until
 * `stickyBytes` went to it, so that they make large batches (KIP-794); with 0 it goes round.
 */
export class KeylessPartition {
  readonly #stickyBytes: number;
  #current = randomInt(MOST);
  #bytes = 0;

  constructor(stickyBytes: number) {
    this.#stickyBytes = stickyBytes;
  }

  /** The partition of a record of about `bytes` bytes. */
  next(bytes: number, partitionCount: number): number {
    const partition = this.#current % partitionCount;
    this.#bytes += bytes;
    if (this.#bytes >= this.#stickyBytes) this.#leave(partitionCount);
    return partition;
  }

  /** Round-robin goes on by one; a sticky one jumps, so that many producers do not march in step. */
  #leave(partitionCount: number): void {
    this.#bytes = 0;
    const step =
      this.#stickyBytes === 0 || partitionCount < 3
        ? 1
        : randomInt(1, partitionCount);
    this.#current = ((this.#current % partitionCount) + step) % MOST;
  }
}
