import type { Kysely } from 'kysely';
import type { Tables } from '../desk/tables.js';
import type { Kill } from '../relays/kill.js';
import { DemoFailure } from './demo-failure.js';

/** What is written down of a run in the database, for one that goes on. */
export class RunRecord {
  readonly #desk: Kysely<Tables>;

  constructor(desk: Kysely<Tables>) {
    this.#desk = desk;
  }

  /**
   * Notes that a run begins.
   *
   * @returns how many began before on the same data
   * @throws DemoFailure when those had another input
   */
  async begin(input: string): Promise<number> {
    const before = await this.#row();
    if (!before) {
      await this.#desk.insertInto('demo_run').values({ input }).execute();
      return 0;
    }
    if (before.input !== input)
      throw new DemoFailure(
        `the run to be resumed had ${before.input} as its input, and not ${input}: give that one, or run without --resume`,
      );
    await this.#desk
      .updateTable('demo_run')
      .set((eb) => ({ runs: eb('runs', '+', 1) }))
      .execute();
    return before.runs;
  }

  async noteKill({ relay, pending }: Kill): Promise<void> {
    await this.#desk
      .updateTable('demo_run')
      .set({ killed_relay: relay, pending_at_kill: pending })
      .execute();
  }

  /** The kill of this run, or of one before that it goes on with. */
  async kill(): Promise<Kill | undefined> {
    const row = await this.#row();
    if (!row?.killed_relay || row.pending_at_kill === null) return undefined;
    return { relay: row.killed_relay, pending: row.pending_at_kill };
  }

  #row() {
    return this.#desk.selectFrom('demo_run').selectAll().executeTakeFirst();
  }
}
