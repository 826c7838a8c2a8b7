/** What came of a look at a shard. */
export type LookOutcome = 'done' | 'busy' | 'more';

interface Look {
  readonly dueAt: number;
  /** Until when it is looked at again although nothing more was hinted. */
  readonly until: number;
  readonly intervalMs: number;
}

const FIRST_INTERVAL_MS = 4;
const LONGEST_INTERVAL_MS = 250;
const EARLY_HINT_MS = 1_000;

/**
 * Which shards a relay is to look at, and when. A hint that a commit is through is worth one look; an early hint (the
 * commit was not seen) is worth looks at growing distances for a second; a shard that another relay holds is looked at
 * until its lock was had once, since that relay may have read before what was hinted was committed. Times are
 * milliseconds of any clock that only goes forward.
 */
export class ShardSchedule {
  readonly #looks = new Map<number, Look>();
  /** When something that waits in a shard is due. */
  readonly #due = new Map<number, number>();

  /** Something was committed in the shard. */
  hint(shard: number, now: number): void {
    const look = this.#looks.get(shard);
    this.#looks.set(shard, {
      dueAt: Math.min(look?.dueAt ?? now, now),
      until: look?.until ?? now,
      intervalMs: FIRST_INTERVAL_MS,
    });
  }

  /** Something may be committed in the shard soon. */
  hintEarly(shard: number, now: number): void {
    const dueAt = Math.min(this.#looks.get(shard)?.dueAt ?? now, now);
    this.#looks.set(shard, {
      dueAt,
      until: now + EARLY_HINT_MS,
      intervalMs: FIRST_INTERVAL_MS,
    });
  }

  /** Something that waits in the shard is due at that time; a later time than one that is known changes nothing. */
  hintAt(shard: number, at: number): void {
    this.#due.set(shard, Math.min(at, this.#due.get(shard) ?? Infinity));
  }

  /**
   * The shards to be looked at now, those that have waited longest first: one that fails over and over, and is hinted all
   * the while, is not to hold up the others.
   */
  due(now: number): number[] {
    for (const [shard, at] of this.#due) {
      if (at > now) continue;
      this.#due.delete(shard);
      this.hint(shard, now);
    }
    return [...this.#looks]
      .filter(([, look]) => look.dueAt <= now)
      .toSorted(([, a], [, b]) => a.dueAt - b.dueAt)
      .map(([shard]) => shard);
  }

  /** How long nothing is due, in milliseconds; undefined = nothing is planned at all. */
  waitMs(now: number): number | undefined {
    const looks = [...this.#looks.values()].map((look) => look.dueAt);
    const times = [...looks, ...this.#due.values()];
    return times.length === 0
      ? undefined
      : Math.max(0, Math.min(...times) - now);
  }

  /** Says what came of the look at a shard that was due. */
  looked(shard: number, outcome: LookOutcome, now: number): void {
    const look = this.#looks.get(shard);
    if (!look) return;
    const intervalMs = Math.min(LONGEST_INTERVAL_MS, look.intervalMs * 2);
    const dueAt = now + look.intervalMs;
    if (outcome === 'more') this.#looks.set(shard, { ...look, dueAt: now });
    else if (outcome === 'busy' || dueAt < look.until)
      this.#looks.set(shard, { ...look, dueAt, intervalMs });
    else this.#looks.delete(shard);
  }
}
