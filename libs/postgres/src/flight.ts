import type { RawRow } from './statement.js';

/** Statements on their way to the server, in their order, and what has come back of them so far. */
export class Flight {
  readonly rows: RawRow[][] = [];
  readonly #sent: Promise<void>[] = [];
  readonly #failures = new Map<number, unknown>();

  add(answer: Promise<RawRow[]>): void {
    const place = this.#sent.length;
    const landing = answer.then(
      (rows) => void (this.rows[place] = rows),
      (error: unknown) => void this.#failures.set(place, error),
    );
    this.#sent.push(landing);
  }

  /** Whether one of those answered so far failed. */
  get failed(): boolean {
    return this.#failures.size > 0;
  }

  /** The error of the first statement that failed: those behind it fail since it did. */
  get failure(): unknown {
    return this.#failures.get(Math.min(...this.#failures.keys()));
  }

  /** Resolves when each statement has its answer; it never rejects. */
  async landed(): Promise<void> {
    await Promise.all(this.#sent);
  }
}
