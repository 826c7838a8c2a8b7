import { performance } from 'node:perf_hooks';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { isPostamtError, sleep } from '#kernel';
import { commitNow, type OffsetCommit } from '#groups';
import type { Database } from '#postgres';
import type { Lane } from './lane.js';
import { retryMs, type ListenerLog } from './listener-log.js';

export interface CommitterParts {
  readonly db: Database;
  readonly log: ListenerLog;
  /** Called with the number of records whose offset was committed. */
  readonly onCommitted: (records: number) => void;
  /** Called when a commit was refused: the lane is not the member's any more. */
  readonly onRefused: (lane: Lane) => void;
  /** Ends waiting after failures. */
  readonly giveUp: AbortSignal;
}

/**
 * From the beginning of one flight to that of the next, unless somebody waits: a handler that does a thousand batches a
 * second need not have them committed one by one.
 */
const PACE_MS = 5;
/** A transaction takes at most 1,000 locks. */
const MOST_AT_ONCE = 400;

/** What goes along in a flight, as the lane was then. */
interface Leaving {
  readonly lane: Lane;
  readonly commit: OffsetCommit & { readonly next: bigint };
  /** How many records of it were handled. */
  readonly handledCount: number;
}

/**
 * Commits offsets behind a listener's handlers: one flight at a time for all of its lanes. What is done while one is
 * under way goes with the next.
 */
export class OffsetCommitter {
  readonly #parts: CommitterParts;
  readonly #waiting = new Set<Lane>();
  #running: Promise<void> | undefined;
  #hurry: (() => void) | undefined;
  #failures = 0;

  constructor(parts: CommitterParts) {
    this.#parts = parts;
  }

  /** More of the lane is done. */
  note(lane: Lane): void {
    this.#waiting.add(lane);
    this.#running ??= this.#run();
  }

  /** Resolves once everything that is done in the lane is committed, or cannot be any more. */
  async flush(lane: Lane): Promise<void> {
    while (isUncommitted(lane) && !this.#parts.giveUp.aborted) {
      this.note(lane);
      this.#hurry?.();
      await this.#running;
    }
  }

  async #run(): Promise<void> {
    // What ends in the same turn of the event loop goes along.
    await nextTurn();
    while (this.#waiting.size > 0) {
      const lanes = [...this.#waiting].filter(isUncommitted);
      this.#waiting.clear();
      const began = performance.now();
      for (let at = 0; at < lanes.length; at += MOST_AT_ONCE)
        await this.#commit(lanes.slice(at, at + MOST_AT_ONCE).map(leaving));
      if (this.#parts.giveUp.aborted) break;
      await this.#pause(began + PACE_MS - performance.now());
    }
    this.#running = undefined;
  }

  async #pause(ms: number): Promise<void> {
    if (ms <= 0) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    const timer = setTimeout(resolve, ms);
    this.#hurry = resolve;
    await promise;
    clearTimeout(timer);
    this.#hurry = undefined;
  }

  async #commit(flight: readonly Leaving[]): Promise<void> {
    try {
      await commitNow(
        this.#parts.db,
        flight.map(({ commit }) => commit),
      );
      this.#failures = 0;
      for (const each of flight) this.#landed(each);
    } catch (error) {
      await this.#recover(flight, error);
    }
  }

  #landed({ lane, commit, handledCount }: Leaving): void {
    this.#parts.onCommitted(lane.settle(commit.next, handledCount));
  }

  /** A flight that was refused is flown again for each lane alone: it was for one of them. */
  async #recover(flight: readonly Leaving[], error: unknown): Promise<void> {
    const { log, onRefused, giveUp } = this.#parts;
    if (isPostamtError(error, 'ILLEGAL_GENERATION')) {
      if (flight.length > 1)
        for (const each of flight) await this.#commit([each]);
      else for (const { lane } of flight) onRefused(lane);
      return;
    }
    this.#failures += 1;
    log.error(error, 'committing failed; trying again', {
      failures: this.#failures,
    });
    for (const { lane } of flight) this.#waiting.add(lane);
    await sleep(retryMs(this.#failures), giveUp);
  }
}

function isUncommitted({ state, done, committed, uncommitted }: Lane): boolean {
  return state !== 'lost' && uncommitted > 0 && done !== committed;
}

function leaving(lane: Lane): Leaving {
  const { partition, done, leaderEpoch, handledCount } = lane;
  return {
    lane,
    commit: { partition, next: done, leaderEpoch },
    handledCount,
  };
}
