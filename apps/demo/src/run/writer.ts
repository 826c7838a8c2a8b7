import type { IncidentRow } from '../input/incident-row.js';

/** How many rows may wait for one writer: an input is read no faster than it is written. */
const MOST_WAITING = 256;

/** Writes the rows that it is given, one after the other. */
export class Writer {
  readonly #write: (row: IncidentRow) => Promise<void>;
  readonly #signal: AbortSignal;
  readonly #waiting: IncidentRow[] = [];
  #running: Promise<void> | undefined;
  #room: PromiseWithResolvers<void> | undefined;
  #failure: unknown;

  /** When `signal` aborts, it stops behind the row that is under way. */
  constructor(write: (row: IncidentRow) => Promise<void>, signal: AbortSignal) {
    this.#write = write;
    this.#signal = signal;
  }

  /**
   * Takes a row; resolves at once, or when there is room for the next one.
   *
   * @throws what writing failed with
   */
  async give(row: IncidentRow): Promise<void> {
    this.#throwFailure();
    this.#waiting.push(row);
    this.#running ??= this.#run();
    if (this.#waiting.length < MOST_WAITING) return;
    this.#room = Promise.withResolvers();
    await this.#room.promise;
    this.#throwFailure();
  }

  /** Resolves when everything that was given is written, or the writer has stopped. */
  async settled(): Promise<void> {
    await this.#running;
  }

  /**
   * Resolves when everything that was given is written.
   *
   * @throws what writing failed with
   */
  async finish(): Promise<void> {
    await this.settled();
    this.#throwFailure();
  }

  async #run(): Promise<void> {
    try {
      for (;;) {
        const row = this.#waiting.shift();
        if (!row || this.#signal.aborted) break;
        await this.#write(row);
        if (this.#waiting.length <= MOST_WAITING / 2) this.#room?.resolve();
      }
    } catch (error) {
      this.#failure = error;
    }
    this.#running = undefined;
    this.#room?.resolve();
  }

  #throwFailure(): void {
    this.#signal.throwIfAborted();
    if (this.#failure !== undefined) throw this.#failure;
  }
}
