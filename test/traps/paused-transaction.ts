import type { Database, Tx } from '#postgres';
import type { Halt } from './halt.js';

/** A transaction in two halves; between them the test does something else. */
export interface Halves<Found> {
  read(tx: Tx): Promise<Found>;
  write(tx: Tx, found: Found): Promise<unknown>;
}

const PATIENT = { lockTimeoutMs: 60_000, idleTimeoutMs: 60_000 };

/** A transaction of the engine that has done its first half and stands open. */
export class PausedTransaction<Found> {
  /** What the first half came to. */
  readonly found: Found;
  readonly #halt: Halt;
  readonly #ended: Promise<void>;

  private constructor(found: Found, halt: Halt, ended: Promise<void>) {
    this.found = found;
    this.#halt = halt;
    this.#ended = ended;
  }

  /** Resolves when the first half is done; throws what it throws. */
  static async begin<Found>(
    db: Database,
    halt: Halt,
    halves: Halves<Found>,
  ): Promise<PausedTransaction<Found>> {
    const reading = Promise.withResolvers<Found>();
    const ended = db.transaction(
      async (tx) => {
        const found = await halves.read(tx);
        reading.resolve(found);
        await halt.stand();
        await halves.write(tx, found);
      },
      { writer: true, ...PATIENT },
    );
    ended.catch(reading.reject);
    return new PausedTransaction(await reading.promise, halt, ended);
  }

  /** Does the second half and commits; throws what either throws. */
  async finish(): Promise<void> {
    this.#halt.release();
    await this.#ended;
  }
}
