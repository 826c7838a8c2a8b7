import { performance } from 'node:perf_hooks';
import { sleep } from '#kernel';
import type { Lane } from './lane.js';
import { retryMs, type ListenerLog } from './listener-log.js';
import type { PartitionCalls } from './partition-calls.js';
import { startLanes, type LaneStarting } from './start-lanes.js';

export interface StarterParts {
  readonly starting: LaneStarting;
  readonly lanes: ReadonlySet<Lane>;
  readonly calls: PartitionCalls;
  readonly log: ListenerLog;
  readonly stopping: AbortSignal;
  /** Lanes may be worked on. */
  readonly onStarted: () => void;
}

/** Finds out where lanes begin, all that wait for it at once, and again until it is known. */
export class LaneStarter {
  readonly #parts: StarterParts;
  #isRunning = false;
  #poking = new AbortController();
  #first: Promise<void> | undefined;
  #failures = 0;
  #error: string | undefined;

  constructor(parts: StarterParts) {
    this.#parts = parts;
  }

  /** What the last attempt failed with altogether, until one succeeds. */
  get error(): string | undefined {
    return this.#error;
  }

  /** Resolves once the first lanes were started, or could not be for now. */
  get first(): Promise<void> {
    return this.#first ?? Promise.resolve();
  }

  /** Starts those lanes that have no start. */
  start(): void {
    this.#poking.abort('poked');
    if (!this.#isRunning) void this.#run();
  }

  async #run(): Promise<void> {
    const { stopping } = this.#parts;
    this.#isRunning = true;
    while (!stopping.aborted) {
      this.#poking = new AbortController();
      const waiting = [...this.#parts.lanes].filter(isWaiting);
      if (waiting.length === 0) break;
      const now = performance.now();
      const due = waiting.filter(({ notBefore }) => notBefore <= now);
      if (due.length > 0) await this.#tried(due);
      else await this.#wait(waiting, now);
    }
    this.#isRunning = false;
  }

  async #tried(lanes: readonly Lane[]): Promise<void> {
    const trying = this.#try(lanes);
    this.#first ??= trying;
    await trying;
  }

  async #wait(lanes: readonly Lane[], now: number): Promise<void> {
    const soonest = Math.min(...lanes.map(({ notBefore }) => notBefore));
    const { stopping } = this.#parts;
    const signal = AbortSignal.any([stopping, this.#poking.signal]);
    await sleep(soonest - now, signal);
  }

  async #try(lanes: readonly Lane[]): Promise<void> {
    const { starting, calls, onStarted } = this.#parts;
    try {
      await calls.assigned(lanes);
      const faults = await startLanes(starting, lanes.filter(isWaiting));
      this.#failures = 0;
      this.#error = undefined;
      for (const { lane, error } of faults) this.#putOff(lane, error);
      onStarted();
    } catch (error) {
      this.#failures += 1;
      this.#error = String(error);
      this.#log(error, { failures: this.#failures });
      const notBefore = performance.now() + retryMs(this.#failures);
      for (const lane of lanes) lane.notBefore = notBefore;
    }
  }

  #putOff(lane: Lane, error: unknown): void {
    lane.failed(0, error);
    lane.notBefore = performance.now() + retryMs(lane.failures);
    const { partition } = lane.partition;
    this.#log(error, { partition, failures: lane.failures });
  }

  #log(error: unknown, fields: object): void {
    const what = 'cannot tell where to begin; trying again';
    this.#parts.log.error(error, what, fields);
  }
}

function isWaiting({ state, isHeld }: Lane): boolean {
  return state === 'starting' && !isHeld;
}
