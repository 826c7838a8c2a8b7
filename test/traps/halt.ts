/** A point at which somebody stands until the test lets it go on, or gives it up. */
export class Halt {
  readonly #arrival = Promise.withResolvers<void>();
  readonly #release = Promise.withResolvers<void>();

  constructor() {
    this.#release.promise.catch(() => {});
  }

  /** Resolves once somebody stands here. */
  get arrived(): Promise<void> {
    return this.#arrival.promise;
  }

  /** Stands here until {@link Halt.release}. */
  async stand(): Promise<void> {
    this.#arrival.resolve();
    await this.#release.promise;
  }

  release(): void {
    this.#release.resolve();
  }

  /** Makes whoever stands here fail: the test has ended without letting it go on. */
  abandon(): void {
    this.#release.reject(new Error('the test ended while this was halted'));
  }
}
