import type { CommittedOffset, OwnedPartition } from '#groups';
import type { LogRecord } from '#records';
import { textOf } from './listener-log.js';
import { ReadAhead } from './read-ahead.js';

/**
 * How a lane is: `starting`, until it is known from which offset; `working`; `revoking`, to be given up once nothing
 * runs and everything is committed; `releasing`, being given up; `lost`, somebody else's by now.
 */
export const LANE_STATES = [
  'starting',
  'working',
  'revoking',
  'releasing',
  'lost',
] as const;
export type LaneState = (typeof LANE_STATES)[number];

/** What a lane's start is looked up by. */
export type LaneStart = 'committed' | 'reset';

/** Since when a call of the handler is under way, on the clock of `performance.now()`. */
export interface CallClock {
  since: number;
}

/** A call of the handler that is under way, or several in a row. */
interface Run {
  readonly clock: CallClock;
  readonly returned: Promise<unknown>;
}

/** One partition that a listener has: where it is, what was read ahead, what runs, and what it waits for. */
export class Lane {
  readonly partition: OwnedPartition;
  state: LaneState = 'starting';
  /** By what its start is to be looked up; undefined once it is known. */
  startAt: LaneStart | undefined = 'committed';
  /** The committed offset, as far as it is known; null = none. */
  committed: bigint | null = null;
  /** The next offset to be handled: everything before it is done. */
  done = 0n;
  /** The leader epoch of the last record that is done. */
  leaderEpoch: number | undefined;
  ahead: ReadAhead;
  /** Failures in a row. */
  failures = 0;
  /** Not to be worked on before, on the clock of `performance.now()`. */
  notBefore = 0;
  /** Not to be read before. */
  readNotBefore = 0;
  readFailures = 0;
  /** What the last read failed with, until one succeeds. */
  readError: string | undefined;
  /** What the last attempt failed with, until one succeeds. */
  error: string | undefined;
  /** Whether the listener's user was told of it. */
  isAnnounced = false;
  /** When it was given something to do last, as a number that grows. */
  served = 0;
  /** Whether a handler of its predecessor, which was abandoned, has not returned yet: until then it does not begin. */
  isHeld = false;
  readonly #work = new Set<Promise<void>>();
  readonly #givingUp = new AbortController();
  readonly #runs = new Set<Run>();
  #limit = Number.POSITIVE_INFINITY;
  #passed = 0;
  #settled = 0;

  constructor(partition: OwnedPartition) {
    this.partition = partition;
    this.ahead = new ReadAhead(this.name, 0n);
  }

  /** How it stands in messages. */
  get name(): string {
    return `${this.partition.topic}-${this.partition.partition}`;
  }

  /** Aborted when what runs is to be abandoned. */
  get giveUp(): AbortSignal {
    return this.#givingUp.signal;
  }

  /** Chunks that are under way, from their beginning to their COMMIT. */
  get busy(): number {
    return this.#work.size;
  }

  /** Notes a chunk that is under way; `work` does not reject, and `onEnd` is called behind it. */
  occupy(work: Promise<void>, onEnd: () => void): void {
    this.#work.add(work);
    void work.then(() => {
      this.#work.delete(work);
      onEnd();
    });
  }

  /** Resolves once nothing is under way. */
  async rested(): Promise<void> {
    await Promise.all(this.#work);
  }

  /** Since when the oldest call of the handler is under way; undefined where none is. */
  get runningSince(): number | undefined {
    if (this.#runs.size === 0) return undefined;
    return Math.min(...[...this.#runs].map(({ clock }) => clock.since));
  }

  /** Resolves once every call of the handler that is under way has returned, abandoned ones too. */
  async returned(): Promise<void> {
    await Promise.allSettled([...this.#runs].map((run) => run.returned));
  }

  /** Notes a call of the handler that is under way, or several in a row that set the clock anew. */
  track(returned: Promise<unknown>, clock: CallClock): void {
    const run = { clock, returned };
    this.#runs.add(run);
    const end = () => void this.#runs.delete(run);
    returned.then(end, end);
  }

  /** Goes on where that is, which may be elsewhere than where its group has stopped. */
  begin(committed: CommittedOffset | undefined, position: bigint): void {
    this.committed = committed?.offset ?? null;
    const isThere = committed?.offset === position;
    this.leaderEpoch = isThere
      ? (committed.leaderEpoch ?? undefined)
      : undefined;
    this.seek(position);
  }

  /** The same, where what is committed stays. */
  seek(position: bigint): void {
    this.done = position;
    this.#settled = this.#passed;
    this.ahead = new ReadAhead(this.name, position, this.leaderEpoch);
    this.startAt = undefined;
    if (this.state === 'starting') this.state = 'working';
  }

  /** The log has what was read up to there only. What was handled behind it goes with it. */
  goBack(divergingOffset: bigint): void {
    const settled = this.#settled;
    this.leaderEpoch = undefined;
    this.seek(divergingOffset < this.done ? divergingOffset : this.done);
    this.#settled = settled;
  }

  /** Looks up anew where it begins. */
  restart(at: LaneStart): void {
    this.startAt = at;
    if (this.state === 'working') this.state = 'starting';
  }

  /** It need not be given up after all. */
  resume(): void {
    this.state = this.startAt === undefined ? 'working' : 'starting';
  }

  /** The records to be handled next, at most `most`; they stay until {@link Lane.handled}. */
  chunk(most: number): readonly LogRecord[] {
    return this.ahead.peek(Math.min(most, this.#limit));
  }

  /** The first `count` records of the queue were handled, and nothing of it fails. */
  handled(count: number): void {
    this.passed(count);
    this.recover();
  }

  /** The first `count` records of the queue were handled. */
  passed(count: number): void {
    const next = this.ahead.offsetAfter(count);
    this.leaderEpoch = this.ahead.leaderEpochAt(count) ?? this.leaderEpoch;
    this.ahead.advance(count);
    this.done = next;
    this.#passed += count;
  }

  /** How many records were handled since it was opened. */
  get handledCount(): number {
    return this.#passed;
  }

  /** How many of them are not committed. */
  get uncommitted(): number {
    return this.#passed - this.#settled;
  }

  /** `next` is committed, and with it all that was handled when there were so many; returns how many were not before. */
  settle(next: bigint, handledCount: number): number {
    this.committed = next;
    const news = Math.max(0, handledCount - this.#settled);
    this.#settled += news;
    return news;
  }

  /** Something went well again. */
  recover(): void {
    this.failures = 0;
    this.error = undefined;
    this.#limit = Number.POSITIVE_INFINITY;
  }

  /** Handling failed at the record `at` of the chunk: those before it go alone next, or it alone. */
  failed(at: number, error: unknown): void {
    this.failures += 1;
    this.error = textOf(error);
    this.#limit = Math.max(1, at);
  }

  readFailed(error: unknown): void {
    this.readFailures += 1;
    this.readError = textOf(error);
  }

  readRecovered(): void {
    this.readFailures = 0;
    this.readError = undefined;
  }

  /** It is somebody else's: whatever runs is abandoned. */
  lose(): void {
    this.state = 'lost';
    this.#givingUp.abort();
  }
}
