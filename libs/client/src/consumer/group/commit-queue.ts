import { performance } from 'node:perf_hooks';
import { backoffMs, isPostamtError, sleep } from '#kernel';
import { commitNow, type OffsetCommit } from '#groups';
import type { Database } from '#postgres';

const RETRY = { initialMs: 20, maxMs: 1_000 };
/** A transaction takes at most 1,000 locks: two a partition, at worst. */
const MOST_AT_ONCE = 400;

/** Commits offsets one after the other, so that none is overtaken by an earlier one that is tried again. */
export class CommitQueue {
  readonly #db: Database;
  #last: Promise<unknown> = Promise.resolve();

  constructor(db: Database) {
    this.#db = db;
  }

  /** Resolves once all that was to be committed until now has been, or has failed. */
  async settled(): Promise<void> {
    await this.#last;
  }

  /**
   * Commits in its turn. A failure that may pass is tried again for `retryMs`.
   *
   * @throws PostamtError ILLEGAL_GENERATION where a partition is somebody else's by now; POSTGRES_UNAVAILABLE, TIMED_OUT,
   * OUTCOME_UNKNOWN where that lasted
   */
  commit(
    commits: Promise<readonly OffsetCommit[]> | readonly OffsetCommit[],
    retryMs: number,
  ): Promise<void> {
    const turn = this.#last.then(async () =>
      this.#send(await commits, performance.now() + retryMs),
    );
    this.#last = turn.catch(() => {});
    return turn;
  }

  async #send(
    commits: readonly OffsetCommit[],
    deadline: number,
  ): Promise<void> {
    for (let at = 0; at < commits.length; at += MOST_AT_ONCE)
      await this.#insist(commits.slice(at, at + MOST_AT_ONCE), deadline);
  }

  async #insist(
    commits: readonly OffsetCommit[],
    deadline: number,
  ): Promise<void> {
    for (let failures = 1; ; failures += 1) {
      try {
        await commitNow(this.#db, commits);
        return;
      } catch (error) {
        const wait = backoffMs(RETRY, failures);
        if (!mayPass(error) || performance.now() + wait > deadline) throw error;
        await sleep(wait);
      }
    }
  }
}

/** Offsets that may be committed already can be committed again: nobody else's stand in between. */
function mayPass(error: unknown): boolean {
  return (
    isPostamtError(error) &&
    (error.retriable || error.code === 'OUTCOME_UNKNOWN')
  );
}
