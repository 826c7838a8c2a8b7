import { performance } from 'node:perf_hooks';
import { sleep } from '#kernel';
import type { Database } from '#postgres';
import { laneName, laneOf, type Lane } from '../move/lane.js';
import type { PendingEvent } from '../move/pending-event.js';
import { endDetours, readDetours } from './sql/cdc-detours.js';

/** How long what was read of the outbox is believed: until then a key goes by the table that might not have to. */
const MAX_AGE_MS = 1_000;
const LOOKS = 10;
const BETWEEN_LOOKS_MS = 20;

/**
 * The keys whose events go by the outbox's table, as one relay knows them. Nobody else writes them there, so that a key of
 * which nothing waits there any more has everything in the log: its next event may follow directly.
 */
export class Detours {
  readonly #db: Database;
  readonly #slot: string;
  #lanes: Set<string> | undefined;
  #readAgainAt = 0;

  constructor(db: Database, slot: string) {
    this.#db = db;
    this.#slot = slot;
  }

  /** The lanes that go by the table now. It is asked anew only for events of such lanes. */
  async lanesFor(
    events: readonly PendingEvent[],
  ): Promise<ReadonlySet<string>> {
    this.#lanes ??= await this.#read();
    if (this.#lanes.size === 0) return this.#lanes;
    const lanes = this.#lanes;
    const isDue = performance.now() >= this.#readAgainAt;
    if (isDue && events.some((event) => lanes.has(laneName(laneOf(event)))))
      this.#lanes = await this.#read();
    return this.#lanes;
  }

  /** Lanes that were given to the table, in a transaction that has committed. */
  add(lanes: readonly string[]): void {
    for (const lane of lanes) this.#lanes?.add(lane);
  }

  /** A key that is on its way is waited for a little: where events come all the time, some always are. */
  async #read(): Promise<Set<string>> {
    for (let looks = 1; ; looks += 1) {
      const detours = await this.#db.run(readDetours, [this.#slot]);
      const flows = detours.some(({ state }) => state === 'flowing');
      if (flows && looks < LOOKS) {
        await sleep(BETWEEN_LOOKS_MS);
        continue;
      }
      await this.#end(detours.filter(({ state }) => state === 'over'));
      this.#readAgainAt = performance.now() + MAX_AGE_MS;
      const rest = detours.filter(({ state }) => state !== 'over');
      return new Set(rest.map(laneName));
    }
  }

  async #end(over: readonly (Lane & { since: string })[]): Promise<void> {
    if (over.length === 0) return;
    await this.#db.run(endDetours, [
      this.#slot,
      over.map(({ topicNumber }) => topicNumber),
      over.map(({ lane }) => lane),
      over.map(({ since }) => since),
    ]);
  }
}
