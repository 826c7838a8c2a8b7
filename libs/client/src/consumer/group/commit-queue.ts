import { commitNow, type OffsetCommit } from '#groups';
import { isPostamtError, PostamtError } from '#kernel';
import type { Database } from '#postgres';
import { retryPassing } from '../retry-passing.js';

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
   * Commits in its turn. A failure that may pass is tried again for `retryMs`: offsets that may be committed already can
   * be committed again, since nobody else's stand in between.
   *
   * @throws PostamtError ILLEGAL_GENERATION where a partition is somebody else's by now, and nothing was committed;
   * POSTGRES_UNAVAILABLE, TIMED_OUT, OUTCOME_UNKNOWN where that lasted; OUTCOME_UNKNOWN where an attempt that nobody
   * answered may have committed them before the partition became somebody else's
   */
  commit(
    commits: Promise<readonly OffsetCommit[]> | readonly OffsetCommit[],
    retryMs: number,
  ): Promise<void> {
    const turn = this.#last.then(async () =>
      this.#send(await commits, retryMs),
    );
    this.#last = turn.catch(() => {});
    return turn;
  }

  async #send(
    commits: readonly OffsetCommit[],
    retryMs: number,
  ): Promise<void> {
    for (let at = 0; at < commits.length; at += MOST_AT_ONCE) {
      const some = commits.slice(at, at + MOST_AT_ONCE);
      await this.#sendSome(some, retryMs);
    }
  }

  /** A refusal says nothing of attempts before it that nobody answered. */
  async #sendSome(
    commits: readonly OffsetCommit[],
    retryMs: number,
  ): Promise<void> {
    let unanswered = false;
    const attempt = async () => {
      try {
        await commitNow(this.#db, commits);
      } catch (error) {
        unanswered ||= isPostamtError(error, 'OUTCOME_UNKNOWN');
        throw error;
      }
    };
    try {
      await retryPassing(attempt, retryMs);
    } catch (cause) {
      if (!unanswered || !isPostamtError(cause, 'ILLEGAL_GENERATION'))
        throw cause;
      throw new PostamtError(
        'OUTCOME_UNKNOWN',
        `the partition is another member's by now, and nobody can say whether an earlier attempt committed the offset: ${cause.message}`,
        { cause },
      );
    }
  }
}
