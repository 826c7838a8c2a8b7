import { performance } from 'node:perf_hooks';
import { isPostamtError } from '#kernel';
import type { Database } from '#postgres';
import type { LogRecord } from '#records';
import { ChunkFailure } from './chunk-failure.js';
import { ChunkPace } from './chunk-pace.js';
import { runInTransaction } from './chunk-transaction.js';
import { chooseLanes } from './choose-lanes.js';
import { handleChunk, type Handling } from './handle-chunk.js';
import { HandlerSlots } from './handler-slots.js';
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

/** So many transactions are opened before it is their handler's turn, where handlers are brisk. */
const OPEN_AHEAD = 2;

/** An open transaction was not given its turn in time. */
class TakenBack extends Error {}

/**
 * Runs chunks of lanes, of each one at a time and `concurrency` calls of the handler at once. A COMMIT holds nobody up but
 * its own lane, and so does BEGIN where handlers are brisk: the next handler is called meanwhile.
 */
export class ChunkRunner<DB, Key, Value> implements LaneWork {
  readonly #parts: ChunkParts<DB, Key, Value>;
  readonly #slots: HandlerSlots;
  readonly #pace: ChunkPace;
  /** Chunks whose handler has not ended. */
  #open = 0;
  #served = 0;
  #pending = false;

  constructor(parts: ChunkParts<DB, Key, Value>) {
    this.#parts = parts;
    this.#slots = new HandlerSlots(parts.concurrency);
    this.#pace = new ChunkPace(parts.maxPollRecords);
  }

  /** Starts what can be started now. */
  pump(): void {
    const { lanes, concurrency, stopping, transactional } = this.#parts;
    const ahead = transactional && this.#slots.isBrisk ? OPEN_AHEAD : 0;
    const free = concurrency + ahead - this.#open;
    if (free <= 0 || stopping.aborted) return;
    for (const lane of chooseLanes(lanes, free, performance.now()))
      this.#start(lane);
  }

  #start(lane: Lane): void {
    this.#open += 1;
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
    try {
      await this.#runChunk(lane);
      this.#parts.onDrained(lane);
    } catch (error) {
      if (error instanceof TakenBack || lane.giveUp.aborted) return;
      this.#putOff(lane, error);
    }
  }

  async #runChunk(lane: Lane): Promise<void> {
    const { transactional } = this.#parts;
    const end = once(() => this.#ended());
    try {
      const records = nextRecords(lane, this.#most);
      if (records.length === 0) return;
      if (transactional) await this.#inTransaction(lane, records, end);
      else await this.#thenCommit(lane, records);
    } finally {
      end();
    }
  }

  /** A batch is what its handler was promised; single records are as many as can be handled in good time. */
  get #most(): number {
    const { maxPollRecords, handling } = this.#parts;
    return handling.batchHandler ? maxPollRecords : this.#pace.records;
  }

  #ended(): void {
    this.#open -= 1;
    this.#pumpSoon();
  }

  async #inTransaction(
    lane: Lane,
    records: readonly LogRecord[],
    end: () => void,
  ): Promise<void> {
    const { db, handling, idleTimeoutMs, onHandled } = this.#parts;
    const inTurn = async (act: () => Promise<void>) => {
      if (!(await this.#slots.take())) throw new TakenBack();
      const takenAt = performance.now();
      try {
        await act();
        this.#pace.note(records.length, performance.now() - takenAt);
      } finally {
        this.#slots.give(takenAt);
        end();
      }
    };
    const transactions = { db, handling, idleTimeoutMs, inTurn };
    await learnSchemas(handling, records);
    await runInTransaction(transactions, lane, records);
    onHandled(records.length);
  }

  /** @throws ChunkFailure; the records before it are done. */
  async #thenCommit(lane: Lane, records: readonly LogRecord[]): Promise<void> {
    const { handling, onDone } = this.#parts;
    let done = 0;
    const began = performance.now();
    const onHandled = (count: number) => {
      if (lane.state === 'lost') return;
      lane.handled(count - done);
      done = count;
      onDone(lane);
    };
    try {
      const chunk = { lane, records, tx: undefined, onHandled };
      await handleChunk(handling, chunk);
      this.#pace.note(done, performance.now() - began);
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

/**
 * Transactions may hold all connections: one that looked a schema up would wait for another one to end, and those for it.
 *
 * @throws ChunkFailure where there is no such schema
 */
async function learnSchemas<DB, Key, Value>(
  { decoder }: Handling<DB, Key, Value>,
  records: readonly LogRecord[],
): Promise<void> {
  for (const [at, record] of records.entries()) {
    try {
      const learning = decoder.learn(record);
      if (learning) await learning;
    } catch (error) {
      throw new ChunkFailure(at, error);
    }
  }
}

function once(act: () => void): () => void {
  let isDone = false;
  return () => {
    if (!isDone) act();
    isDone = true;
  };
}
