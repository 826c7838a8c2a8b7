import type { LogRecord } from '#records';

/** A record that waits for its turn, runs, or is done and waits for those before it. */
export interface KeyedRecord {
  readonly record: LogRecord;
  /** Null: a record without a key, which waits for nobody. */
  readonly key: string | null;
  isDone: boolean;
  failures: number;
  /** Not to be handled before, on the clock of `performance.now()`. */
  notBefore: number;
}

/**
 * Records of one partition that are handled beside each other: those of one key one after the other, each as soon as the
 * one before it is done. It knows how far, from the first one on, all are done: as far the offset may be committed.
 */
export class KeyWindow {
  /** In the order of their offsets, from the first one on that is not done. */
  readonly #entries: KeyedRecord[] = [];
  /** What stands behind the one of its key that is ready or runs. */
  readonly #behind = new Map<string, KeyedRecord[]>();
  readonly #ready: KeyedRecord[] = [];
  /** Those that have failed and are not done since, whether they wait or run once more. */
  readonly #failing = new Set<KeyedRecord>();

  /** How many there are, from the first one on that is not done. */
  get size(): number {
    return this.#entries.length;
  }

  get hasFailed(): boolean {
    return this.#failing.size > 0;
  }

  /** Takes records that follow those it has. */
  admit(records: readonly LogRecord[]): void {
    for (const record of records) {
      const key = record.key?.toString('latin1') ?? null;
      const entry = { record, key, isDone: false, failures: 0, notBefore: 0 };
      this.#entries.push(entry);
      const behind = key === null ? undefined : this.#behind.get(key);
      if (behind) behind.push(entry);
      else this.#ready.push(entry);
      if (key !== null && !behind) this.#behind.set(key, []);
    }
  }

  /** Whether there is one that can be handled now. */
  hasNext(now: number): boolean {
    return this.#ready.some(({ notBefore }) => notBefore <= now);
  }

  /** Takes one that can be handled now; it runs until it is finished or has failed. */
  take(now: number): KeyedRecord | undefined {
    const at = this.#ready.findIndex(({ notBefore }) => notBefore <= now);
    return at < 0 ? undefined : this.#ready.splice(at, 1)[0];
  }

  /** It is done; the next one of its key is ready. Returns how many from the first one on are done, and forgets them. */
  finish(entry: KeyedRecord): number {
    entry.isDone = true;
    this.#failing.delete(entry);
    this.#follow(entry);
    let count = 0;
    while (this.#entries[count]?.isDone) count += 1;
    this.#entries.splice(0, count);
    return count;
  }

  /** It is to be handled again, not before that; those of its key wait with it. */
  fail(entry: KeyedRecord, notBefore: number): void {
    entry.notBefore = notBefore;
    this.#failing.add(entry);
    this.#ready.push(entry);
  }

  #follow({ key }: KeyedRecord): void {
    if (key === null) return;
    const behind = this.#behind.get(key);
    const next = behind?.shift();
    if (next) this.#ready.push(next);
    else this.#behind.delete(key);
  }
}
