import { performance } from 'node:perf_hooks';
import { isPostamtError } from '#kernel';
import { commitStatements } from '#groups';
import type { Database } from '#postgres';
import type { LogRecord } from '#records';
import { ChunkFailure } from './chunk-failure.js';
import { chooseLanes } from './choose-lanes.js';
import { handleChunk, type Handling } from './handle-chunk.js';
import type { Lane } from './lane.js';
import type { LaneWork, WorkParts } from './lane-work.js';
import { retryMs } from './listener-log.js';

export interface ChunkParts<DB, Key, Value> extends WorkParts {
  readonly db: Database;
  readonly handling: Handling<DB, Key, Value>;
  readonly transactional: boolean;
  readonly concurrency: number;
  readonly maxPollRecords: number;
  readonly idleTimeoutMs: number;
}

/**
 * Runs chunks of lanes, of each one at a time and `concurrency` calls of the handler at once. A COMMIT holds nobody up but
 * its own lane: the next handler is called meanwhile.
 */
export class ChunkRunner<DB, Key, Value> implements LaneWork {
  readonly #parts: ChunkParts<DB, Key, Value>;
  #calls = 0;
  #served = 0;
  #pending = false;

  constructor(parts: ChunkParts<DB, Key, Value>) {
    this.#parts = parts;
  }

  /** Starts what can be started now. */
  pump(): void {
    const { lanes, concurrency, stopping } = this.#parts;
    const free = concurrency - this.#calls;
    if (free <= 0 || stopping.aborted) return;
    for (const lane of chooseLanes(lanes, free, performance.now()))
      this.#start(lane);
  }

  #start(lane: Lane): void {
    this.#calls += 1;
    this.#served += 1;
    lane.served = this.#served;
    lane.occupy(this.#run(lane), () => {
      this.#parts.onIdle(lane);
      this.#pumpSoon();
    });
  }

  /** The next chunk of a handler that waits for nothing starts in another turn of the event loop. */
  #pumpSoon(): void {
    if (this.#pending) return;
    this.#pending = true;
    setImmediate(() => {
      this.#pending = false;
      this.pump();
    });
  }

  async #run(lane: Lane): Promise<void> {
    const call = new HandlerCall(() => {
      this.#calls -= 1;
      this.#pumpSoon();
    });
    try {
      await this.#runChunk(lane, call);
      this.#parts.onDrained(lane);
    } catch (error) {
      if (!lane.giveUp.aborted) this.#putOff(lane, error);
    } finally {
      call.end();
    }
  }

  async #runChunk(lane: Lane, call: HandlerCall): Promise<void> {
    const records = nextRecords(lane, this.#parts.maxPollRecords);
    if (records.length === 0) return;
    if (this.#parts.transactional)
      await this.#inTransaction(lane, records, call);
    else await this.#thenCommit(lane, records);
  }

  /**
   * The offset goes first, with BEGIN, so that a member that has lost the partition is refused before it has any effect.
   */
  async #inTransaction(
    lane: Lane,
    records: readonly LogRecord[],
    call: HandlerCall,
  ): Promise<void> {
    const { db, handling, idleTimeoutMs, onHandled } = this.#parts;
    const { partition, committed: previous } = lane;
    const next = lane.ahead.offsetAfter(records.length);
    const leaderEpoch = lane.ahead.leaderEpochAt(records.length);
    await db.transaction<void, DB>(
      async (tx) => {
        await handleChunk(handling, { lane, records, tx: tx.db });
        call.end();
      },
      {
        opening: (keys) =>
          commitStatements(keys, [{ partition, previous, next, leaderEpoch }]),
        idleTimeoutMs,
        statementTimeoutMs: 0,
      },
    );
    lane.handled(records.length);
    lane.committed = next;
    lane.uncommitted = 0;
    onHandled(records.length);
  }

  /** @throws ChunkFailure; the records before it are done. */
  async #thenCommit(lane: Lane, records: readonly LogRecord[]): Promise<void> {
    const { handling, onDone } = this.#parts;
    let done = 0;
    const onHandled = (count: number) => {
      if (lane.state === 'lost') return;
      lane.handled(count - done);
      done = count;
      onDone(lane);
    };
    try {
      const chunk = { lane, records, tx: undefined, onHandled };
      await handleChunk(handling, chunk);
    } catch (error) {
      // What stands before the record that failed is out of the way.
      if (done > 0 && error instanceof ChunkFailure)
        throw new ChunkFailure(0, error.cause);
      throw error;
    }
  }

  #putOff(lane: Lane, error: unknown): void {
    const { log, onRestart, onRefused } = this.#parts;
    const isHandlers = error instanceof ChunkFailure;
    const at = isHandlers ? error.at : 0;
    const cause = isHandlers ? error.cause : error;
    lane.failed(at, cause);
    // The records before the one that failed are fine: they go at once, without it.
    const waitMs = at > 0 ? 0 : retryMs(lane.failures);
    lane.notBefore = performance.now() + waitMs;
    log.error(cause, 'handling failed; trying again', {
      partition: lane.partition.partition,
      failures: lane.failures,
    });
    setTimeout(() => this.pump(), waitMs + 1).unref();
    if (isHandlers) return;
    if (isPostamtError(error, 'ILLEGAL_GENERATION')) return onRefused(lane);
    lane.restart('committed');
    onRestart();
  }
}

/** @throws ChunkFailure where the first of them stands in a batch that cannot be decoded */
function nextRecords(lane: Lane, most: number): readonly LogRecord[] {
  try {
    return lane.chunk(most);
  } catch (error) {
    throw new ChunkFailure(0, error);
  }
}

/** One of the calls of the handler that may be under way at once; it ends once, however often it is said. */
class HandlerCall {
  readonly #onEnd: () => void;
  #ended = false;

  constructor(onEnd: () => void) {
    this.#onEnd = onEnd;
  }

  end(): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#onEnd();
  }
}
