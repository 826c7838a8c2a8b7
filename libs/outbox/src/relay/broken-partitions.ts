import { performance } from 'node:perf_hooks';
import type { PostamtError } from '#kernel';

/** How long a partition counts as broken before it is tried again. */
const MAX_AGE_MS = 5_000;

/** The partitions that refused what was appended to them, for a while. */
export class BrokenPartitions {
  readonly #known = new Map<number, PostamtError>();
  #forgetAt = 0;

  /** As it is now, by the partition's id; it changes. */
  get known(): ReadonlyMap<number, PostamtError> {
    if (performance.now() >= this.#forgetAt) this.#known.clear();
    return this.#known;
  }

  found(broken: ReadonlyMap<number, PostamtError>): void {
    for (const [id, error] of broken) this.#known.set(id, error);
    this.#forgetAt = performance.now() + MAX_AGE_MS;
  }
}
