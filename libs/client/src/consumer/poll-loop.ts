import { performance } from 'node:perf_hooks';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { sleep } from '#kernel';
import type { Catalogue } from '#log';
import type { Database } from '#postgres';
import type { Assignment } from './assignment.js';
import type { ConsumerSettings } from './consumer-options.js';
import type { ConsumerRecord } from './consumer-record.js';
import { FetchAhead, isFetchable } from './fetch-ahead.js';
import type { ConsumerGroup } from './group/consumer-group.js';
import type { RecordReader } from './record-reader.js';
import { isPassing } from './retry-passing.js';
import type { StartPositions } from './start-positions.js';

/** What a consumer polls with. */
export interface PollParts {
  readonly db: Database;
  readonly catalogue: Catalogue;
  readonly settings: ConsumerSettings;
  readonly assignment: Assignment;
  readonly reader: RecordReader;
  readonly starts: StartPositions;
  /** Undefined where it has no group. */
  readonly group: () => ConsumerGroup | undefined;
}

/** Looks positions up, gives what was read ahead, and reads ahead, until there is something to give. */
export class PollLoop {
  readonly #parts: PollParts;
  readonly #assignment: Assignment;
  readonly #ahead: FetchAhead;
  #waking = new AbortController();
  #changing = new AbortController();

  constructor(parts: PollParts) {
    const { db, catalogue, settings } = parts;
    this.#parts = parts;
    this.#assignment = parts.assignment;
    this.#ahead = new FetchAhead(db, catalogue, settings);
  }

  /** Ends the wait of the poll that is under way, or else of the next one. */
  wakeup(): void {
    this.#waking.abort();
  }

  /** Has the poll that is under way look at once what is to be done; it goes on then. */
  nudge(): void {
    this.#changing.abort();
  }

  /** Ends what is read ahead. */
  async stop(): Promise<void> {
    await this.#ahead.stop();
  }

  /** The next records, or none at the deadline, on the clock of `performance.now()`. */
  async poll(deadline: number): Promise<ConsumerRecord[]> {
    for (;;) {
      const left = deadline - performance.now();
      if (this.#isWoken()) return [];
      if (this.#changing.signal.aborted) this.#changing = new AbortController();
      const unreached = await this.#prepare();
      this.#parts.group()?.throwFailure();
      const records = await this.#take();
      const problem = unreached ?? this.#ahead.takeFailure();
      if (problem === undefined) this.#readAhead();
      if (records.length > 0) return records;
      this.#throwFailure();
      if (problem !== undefined && (left <= 0 || !isPassing(problem)))
        throw problem;
      if (left <= 0) return nextTurn([]);
      await this.#wait(left, problem !== undefined);
    }
  }

  /** Takes partitions up and looks positions up; returns an error that may pass, to try again. */
  async #prepare(): Promise<unknown> {
    try {
      await this.#parts.group()?.prepare();
      await this.#parts.starts.lookUp(this.#assignment.tracks());
      return undefined;
    } catch (error) {
      if (isPassing(error)) return error;
      throw error;
    }
  }

  /** Fetches for the partitions that have nothing left, those first that were given nothing for the longest time. */
  #readAhead(): void {
    this.#ahead.start(this.#assignment.tracks().filter(isFetchable));
  }

  #throwFailure(): void {
    for (const track of this.#assignment.tracks()) {
      const error = track.takeFailure();
      if (error) throw error;
    }
  }

  /** Until the fetch under way has ended, or a partition may be tried again, or somebody calls. */
  async #wait(left: number, hasProblem: boolean): Promise<void> {
    const now = performance.now();
    const waits = this.#assignment
      .tracks()
      .filter(({ notBefore, isPaused }) => notBefore > now && !isPaused)
      .map(({ notBefore }) => notBefore - now);
    if (hasProblem) waits.push(this.#ahead.pauseMs);
    waits.push(this.#parts.group()?.waitMs ?? Infinity);
    const waiting = new AbortController();
    const signal = AbortSignal.any([
      waiting.signal,
      this.#waking.signal,
      this.#changing.signal,
    ]);
    const pause = sleep(Math.min(left, ...waits), signal);
    const landed = hasProblem ? undefined : this.#ahead.landed;
    await Promise.race(landed ? [pause, landed] : [pause]);
    waiting.abort();
  }

  #isWoken(): boolean {
    if (!this.#waking.signal.aborted) return false;
    this.#waking = new AbortController();
    return true;
  }

  /** Records of the first partition that has some; it stands last then. */
  async #take(): Promise<ConsumerRecord[]> {
    for (const track of this.#assignment.tracks()) {
      if (track.isPaused || track.isEmpty) continue;
      this.#assignment.moveLast(track);
      const { reader, settings } = this.#parts;
      const records = await reader.take(track, settings.maxPollRecords);
      if (records.length > 0) return records;
    }
    return [];
  }
}
