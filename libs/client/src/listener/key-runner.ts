import { performance } from 'node:perf_hooks';
import type { LogRecord } from '#records';
import { ChunkFailure } from './chunk-failure.js';
import { handleChunk, type Handling } from './handle-chunk.js';
import { KeyWindow, type KeyedRecord } from './key-window.js';
import type { Lane } from './lane.js';
import type { LaneWork, WorkParts } from './lane-work.js';
import { retryMs, textOf } from './listener-log.js';
import type { ReadAhead } from './read-ahead.js';

export interface KeyParts<DB, Key, Value> extends WorkParts {
  readonly handling: Handling<DB, Key, Value>;
  readonly concurrency: number;
  /** How many records of a partition may be beyond the first that is not done. */
  readonly maxPollRecords: number;
}

/** A record under way. */
interface Call {
  readonly lane: Lane;
  readonly window: KeyWindow;
  readonly entry: KeyedRecord;
}

/** Handles records of one partition beside each other, those of one key in their order. */
export class KeyRunner<DB, Key, Value> implements LaneWork {
  readonly #parts: KeyParts<DB, Key, Value>;
  /** A lane that goes elsewhere reads ahead anew, and begins a window anew. */
  readonly #windows = new WeakMap<ReadAhead, KeyWindow>();
  #calls = 0;
  #served = 0;
  #pending = false;

  constructor(parts: KeyParts<DB, Key, Value>) {
    this.#parts = parts;
  }

  pump(): void {
    const { stopping, concurrency } = this.#parts;
    while (!stopping.aborted && this.#calls < concurrency) {
      const call = this.#next();
      if (!call) return;
      this.#calls += 1;
      call.lane.occupy(this.#run(call), () => {
        this.#parts.onIdle(call.lane);
        this.#pumpSoon();
      });
    }
  }

  #pumpSoon(): void {
    if (this.#pending) return;
    this.#pending = true;
    setImmediate(() => {
      this.#pending = false;
      this.pump();
    });
  }

  /** A record of the lane that waited longest. */
  #next(): Call | undefined {
    const now = performance.now();
    let lane: Lane | undefined;
    for (const each of this.#parts.lanes) {
      if (each.state !== 'working' || each.notBefore > now) continue;
      if (lane && lane.served <= each.served) continue;
      if (this.#windowOf(each, now).hasNext(now)) lane = each;
    }
    const window = lane && this.#windows.get(lane.ahead);
    const entry = window?.take(now);
    if (!lane || !window || !entry) return undefined;
    this.#served += 1;
    lane.served = this.#served;
    return { lane, window, entry };
  }

  /** Filled up once half of it is through, or nothing of it can be handled. */
  #windowOf(lane: Lane, now: number): KeyWindow {
    const { maxPollRecords } = this.#parts;
    const window = this.#windows.get(lane.ahead) ?? new KeyWindow();
    this.#windows.set(lane.ahead, window);
    const { size } = window;
    const isFull = size >= maxPollRecords;
    if (isFull || (size * 2 > maxPollRecords && window.hasNext(now)))
      return window;
    const records = this.#peek(lane, maxPollRecords);
    if (records) window.admit(records.slice(size));
    return window;
  }

  #peek(lane: Lane, most: number): readonly LogRecord[] | undefined {
    try {
      return lane.ahead.peek(most);
    } catch (error) {
      this.#failed(lane, error);
      return undefined;
    }
  }

  async #run(call: Call): Promise<void> {
    const { lane, entry } = call;
    try {
      const { handling } = this.#parts;
      await handleChunk(handling, {
        lane,
        records: [entry.record],
        tx: undefined,
      });
      this.#done(call);
    } catch (error) {
      if (!lane.giveUp.aborted) this.#putOff(call, error);
    } finally {
      this.#calls -= 1;
    }
  }

  #done({ lane, window, entry }: Call): void {
    const count = window.finish(entry);
    if (!window.hasFailed) lane.recover();
    if (count === 0 || lane.state === 'lost') return;
    lane.passed(count);
    this.#parts.onDone(lane);
    this.#parts.onDrained(lane);
  }

  #putOff({ lane, window, entry }: Call, error: unknown): void {
    entry.failures += 1;
    const waitMs = retryMs(entry.failures);
    window.fail(entry, performance.now() + waitMs);
    const cause = error instanceof ChunkFailure ? error.cause : error;
    lane.error = textOf(cause);
    this.#log(lane, cause, entry.failures);
    this.#pumpIn(waitMs);
  }

  /** What comes next cannot be decoded. */
  #failed(lane: Lane, error: unknown): void {
    lane.failed(0, error);
    const waitMs = retryMs(lane.failures);
    lane.notBefore = performance.now() + waitMs;
    this.#log(lane, error, lane.failures);
    this.#pumpIn(waitMs);
  }

  #log({ partition }: Lane, error: unknown, failures: number): void {
    this.#parts.log.error(error, 'handling failed; trying again', {
      partition: partition.partition,
      failures,
    });
  }

  #pumpIn(waitMs: number): void {
    setTimeout(() => this.pump(), waitMs + 1).unref();
  }
}
