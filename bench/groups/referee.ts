import { Membership } from '#groups';
import type { Database } from '#postgres';
import { eagerAssignor, REFEREE } from './eager-assignor.ts';
import { ownedPartitions } from './group-state.ts';

/** Wake-ups are hints: it looks again after so long, lest eager be blamed for one that was missed. */
const LOOK_MS = 50;

/** Stands at the barrier of an eager group: once nobody has anything any more, it has everything assigned anew. */
export class Referee {
  readonly #db: Database;
  readonly #membership: Membership;
  readonly #stopping = new AbortController();
  readonly #running: Promise<void>;

  private constructor(db: Database, membership: Membership) {
    this.#db = db;
    this.#membership = membership;
    this.#running = this.#run();
  }

  /** Joins the group that is called as the topic that it reads. */
  static async join(db: Database, group: string): Promise<Referee> {
    const membership = await Membership.join(db, {
      group,
      topics: [group],
      assignor: eagerAssignor,
      clientId: REFEREE,
    });
    return new Referee(db, membership);
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#running;
    await this.#membership.leave();
  }

  async #run(): Promise<void> {
    const { signal } = this.#stopping;
    const watch = this.#db.wakeUps.watch([`g${this.#membership.groupId}`]);
    while (!signal.aborted) {
      watch.take();
      const { group } = this.#membership;
      if ((await ownedPartitions(this.#db, group)) === 0)
        await this.#membership.resubscribe({ topics: [group] });
      await watch.wait(LOOK_MS, signal);
    }
    watch.close();
  }
}
