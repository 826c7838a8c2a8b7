/** Runs steps, and prints a line for each: how it went, what it found, how long it took. */
export class Steps {
  #failed = 0;

  get failed(): number {
    return this.#failed;
  }

  /** Runs a step that says in words what it found; false where it throws, which is printed and counted. */
  async run(
    name: string,
    step: () => Promise<string> | string,
  ): Promise<boolean> {
    const began = performance.now();
    try {
      const found = await step();
      const seconds = ((performance.now() - began) / 1000).toFixed(1);
      console.log(`ok      ${name}: ${found} (${seconds} s)`);
      return true;
    } catch (error) {
      this.#failed += 1;
      const words = error instanceof Error ? error.message : String(error);
      console.error(`FAILED  ${name}: ${words}`);
      return false;
    }
  }
}

const MOST_SHOWN = 10;

/** Throws where there are faults, one a line; not more than can be read. */
export function refuse(faults: readonly string[]): void {
  if (faults.length === 0) return;
  const more = faults.length - MOST_SHOWN;
  const shown = faults.slice(0, MOST_SHOWN);
  throw new Error(
    [...shown, ...(more > 0 ? [`and ${more} more`] : [])].join('\n        '),
  );
}

/** Throws where a text is not the one that is right. */
export function expectText(actual: string, expected: string): void {
  if (actual.trim() === expected) return;
  throw new Error(`it printed\n${actual.trim()}\nand not\n${expected}`);
}
