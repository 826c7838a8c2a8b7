import { performance } from 'node:perf_hooks';
import type { Database } from '#postgres';
import { pruneSuperseded } from '../maintenance/sql/prune-superseded.js';

const INTERVAL_MS = 30_000;
/** So many on the connection that listens; where there are more, the rest go by another one. */
const MOST_ASIDE = 2_000;
/** A connection on which it is not answered for so long is thrown away: beats go by it. */
const LIMIT_MS = 5_000;
const MOST_AT_ONCE = 10_000;
const MOST_PARTITIONS = 1_000;

/**
 * Deletes the committed offsets that later ones stand before, of the partitions that this process has: whoever commits
 * cleans up behind himself, wherever maintenance runs.
 */
export class OwnedPruning {
  readonly #db: Database;
  /** Up to which number it is done, by the group partition's id. */
  #upTo = new Map<number, bigint>();
  #dueAt = performance.now() + INTERVAL_MS;

  constructor(db: Database) {
    this.#db = db;
  }

  /** Does it where it is due, for partitions of groups by their ids. */
  async runWhenDue(ids: readonly number[]): Promise<void> {
    if (performance.now() < this.#dueAt) return;
    this.#dueAt = performance.now() + INTERVAL_MS;
    const known = this.#upTo;
    this.#upTo = new Map(ids.map((id) => [id, known.get(id) ?? -1n]));
    for (let at = 0; at < ids.length; at += MOST_PARTITIONS)
      await this.#prune(ids.slice(at, at + MOST_PARTITIONS));
  }

  async #prune(ids: readonly number[]): Promise<void> {
    let most = MOST_ASIDE;
    for (let isAside = true; ; isAside = false) {
      const floors = ids.map((id) => (this.#upTo.get(id) ?? -1n) + 1n);
      const pruned = isAside
        ? await this.#db.runAside(
            pruneSuperseded,
            [ids, floors, most],
            LIMIT_MS,
          )
        : await this.#db.write(pruneSuperseded, [ids, floors, most]);
      for (const { id, upTo } of pruned) this.#upTo.set(id, upTo);
      const count = pruned.reduce((sum, each) => sum + each.count, 0);
      if (count < most) return;
      most = MOST_AT_ONCE;
    }
  }
}
