import { performance } from 'node:perf_hooks';
import { sleep } from '#kernel';
import type { Membership } from '#groups';
import type { Catalogue } from '#log';
import type { Database } from '#postgres';
import { ChunkRunner } from './chunk-runner.js';
import { KeyRunner } from './key-runner.js';
import { LaneKeeper } from './lane-keeper.js';
import { LaneStarter } from './lane-starter.js';
import type { LaneWork, WorkParts } from './lane-work.js';
import type { Lane } from './lane.js';
import { ListenerLog } from './listener-log.js';
import type { ListenerSettings } from './listener-options.js';
import { OffsetCommitter } from './offset-committer.js';
import { PartitionCalls } from './partition-calls.js';
import { Prefetcher } from './prefetcher.js';
import { RecordDecoder } from './record-decoder.js';

export interface RunParts<DB, Key, Value> {
  readonly db: Database;
  readonly catalogue: Catalogue;
  readonly settings: ListenerSettings<DB, Key, Value>;
  readonly membership: Membership;
}

/** For how long is waited once everything was given up: the server ends what hangs, unless it is out of reach. */
const LEFTOVER_MS = 5_000;
/** So often in `maxPollIntervalMs` is looked whether a call of the handler takes longer. */
const LOOKS = 4;

/** A listener between joining its group and leaving it. */
export class ListenerRun<DB, Key, Value> {
  readonly #parts: RunParts<DB, Key, Value>;
  readonly #log: ListenerLog;
  readonly #lanes = new Set<Lane>();
  readonly #stopping = new AbortController();
  readonly #givingUp = new AbortController();
  readonly #calls: PartitionCalls;
  readonly #committer: OffsetCommitter;
  readonly #prefetcher: Prefetcher;
  readonly #work: LaneWork;
  readonly #starter: LaneStarter;
  readonly #keeper: LaneKeeper;
  readonly #clock: NodeJS.Timeout;
  #unhear: () => void;
  #handled = 0;
  #ended: Promise<void> | undefined;

  constructor(parts: RunParts<DB, Key, Value>) {
    this.#parts = parts;
    const { db, settings, membership } = parts;
    const { maxPollIntervalMs } = settings;
    this.#log = new ListenerLog(db.logger, settings.topic.name, settings.group);
    this.#calls = new PartitionCalls(settings, this.#log);
    this.#committer = this.#newCommitter();
    this.#prefetcher = this.#newPrefetcher();
    this.#work = this.#newWork();
    this.#starter = this.#newStarter();
    this.#keeper = this.#newKeeper();
    const look = Math.max(1, Math.floor(maxPollIntervalMs / LOOKS));
    this.#clock = setInterval(() => this.#expireOverdue(), look).unref();
    this.#unhear = membership.onChange(() => this.#look());
    this.#look();
  }

  /** Nobody catches what is thrown here: the database may have been closed under it. */
  #look(): void {
    try {
      this.#keeper.look();
    } catch (error) {
      this.#log.error(error, 'cannot follow the group any more');
    }
  }

  /** Resolves once it is known where the first partitions begin, or could not be found out for now. */
  async begun(): Promise<void> {
    await this.#starter.first;
  }

  /** Records handled and committed. */
  get handled(): number {
    return this.#handled;
  }

  /** What keeps it, or one of its partitions, from going on. */
  get error(): string | undefined {
    const general =
      this.#keeper.error ?? this.#starter.error ?? this.#prefetcher.error;
    if (general !== undefined) return general;
    for (const { error, readError } of this.#lanes)
      if (error !== undefined || readError !== undefined)
        return error ?? readError;
    return undefined;
  }

  /** The indexes of the partitions that it has, ascending. */
  get partitions(): number[] {
    return [...this.#lanes]
      .map(({ partition }) => partition.partition)
      .sort((a, b) => a - b);
  }

  /** Who calls it again waits for the same end, which comes by the earliest deadline. */
  async stop(deadlineMs: number): Promise<void> {
    const deadline = setTimeout(() => this.#giveUp(), deadlineMs);
    this.#ended ??= this.#end();
    try {
      await this.#ended;
    } finally {
      clearTimeout(deadline);
    }
  }

  async #end(): Promise<void> {
    this.#stopping.abort();
    this.#unhear();
    clearInterval(this.#clock);
    await this.#orGivenUp(this.#finish());
    await this.#leave();
  }

  /** What runs is finished and committed. */
  async #finish(): Promise<void> {
    const lanes = [...this.#lanes];
    await Promise.all(lanes.map((lane) => lane.rested()));
    await Promise.all(lanes.map((lane) => this.#committer.flush(lane)));
    await this.#calls.revoked(lanes);
  }

  async #leave(): Promise<void> {
    const lanes = [...this.#lanes];
    const leaving = this.#leaveGroup();
    await this.#orGivenUp(leaving);
    for (const lane of lanes) lane.lose();
    const left = [leaving, this.#prefetcher.stop()];
    const rested = lanes.map((lane) => lane.rested());
    const done = new AbortController();
    await Promise.race([
      Promise.all([...left, ...rested]),
      sleep(LEFTOVER_MS, done.signal),
    ]);
    done.abort();
  }

  async #leaveGroup(): Promise<void> {
    await this.#keeper.quiet();
    try {
      await this.#parts.membership.leave();
    } catch (error) {
      this.#log.warn(error, 'could not leave the group; its session will end');
    }
  }

  #giveUp(): void {
    this.#givingUp.abort();
    for (const lane of this.#lanes) lane.lose();
  }

  async #orGivenUp(act: Promise<void>): Promise<void> {
    const { signal } = this.#givingUp;
    const { promise: givenUp, resolve } = Promise.withResolvers<void>();
    signal.addEventListener('abort', () => resolve(), { once: true });
    await Promise.race([act, givenUp]);
  }

  #expireOverdue(): void {
    const now = performance.now();
    const { maxPollIntervalMs } = this.#parts.settings;
    for (const lane of this.#lanes) {
      const { runningSince = now } = lane;
      if (now - runningSince <= maxPollIntervalMs) continue;
      const { partition } = lane.partition;
      this.#log.error(
        undefined,
        'a handler runs for longer than maxPollIntervalMs; leaving the group until it has returned',
        { partition, maxPollIntervalMs },
      );
      void this.#keeper.expire();
      return;
    }
  }

  #newCommitter(): OffsetCommitter {
    return new OffsetCommitter({
      db: this.#parts.db,
      log: this.#log,
      onCommitted: (records) => (this.#handled += records),
      onRefused: (lane) => this.#refused(lane),
      giveUp: this.#givingUp.signal,
    });
  }

  #newPrefetcher(): Prefetcher {
    const { db, catalogue, settings } = this.#parts;
    return new Prefetcher({
      db,
      catalogue,
      log: this.#log,
      lanes: this.#lanes,
      limits: {
        laneBytes: settings.maxPartitionFetchBytes,
        totalBytes: settings.fetchMaxBytes,
      },
      pollIntervalMs: settings.pollIntervalMs,
      canReset: settings.autoOffsetReset !== 'none',
      onFilled: () => this.#work.pump(),
      onRestart: () => this.#starter.start(),
    });
  }

  #newWork(): LaneWork {
    const { db, settings } = this.#parts;
    const { topic, handler, batchHandler } = settings;
    const decoder = new RecordDecoder(db, topic);
    const parts = {
      ...this.#workParts(),
      handling: { topic: topic.name, handler, batchHandler, decoder },
      concurrency: settings.concurrency,
      maxPollRecords: settings.maxPollRecords,
    };
    if (settings.ordering === 'key') return new KeyRunner(parts);
    return new ChunkRunner({
      ...parts,
      db,
      transactional: settings.transactional,
      idleTimeoutMs: settings.transactionIdleTimeoutMs,
    });
  }

  #workParts(): WorkParts {
    return {
      lanes: this.#lanes,
      log: this.#log,
      stopping: this.#stopping.signal,
      onHandled: (records) => (this.#handled += records),
      onDone: (lane) => this.#committer.note(lane),
      onDrained: (lane) => this.#prefetcher.drained(lane),
      onIdle: ({ state }) => {
        if (state === 'revoking') this.#keeper.settle();
      },
      onRestart: () => this.#starter.start(),
      onRefused: (lane) => this.#refused(lane),
    };
  }

  #newStarter(): LaneStarter {
    const { db, catalogue, settings } = this.#parts;
    const { group, autoOffsetReset } = settings;
    return new LaneStarter({
      starting: { db, catalogue, group, autoOffsetReset },
      lanes: this.#lanes,
      calls: this.#calls,
      log: this.#log,
      stopping: this.#stopping.signal,
      onStarted: () => this.#resume(),
    });
  }

  #newKeeper(): LaneKeeper {
    return new LaneKeeper({
      membership: this.#parts.membership,
      lanes: this.#lanes,
      log: this.#log,
      calls: this.#calls,
      stopping: this.#stopping.signal,
      onOpened: (lanes) => {
        this.#prefetcher.watch(lanes);
        this.#starter.start();
      },
      onClosed: (lanes) => this.#prefetcher.unwatch(lanes),
      onResumed: () => this.#resume(),
      flush: async (lane) => this.#committer.flush(lane),
    });
  }

  #resume(): void {
    this.#prefetcher.poke();
    this.#work.pump();
  }

  #refused(lane: Lane): void {
    const { partition } = lane.partition;
    this.#log.warn(
      undefined,
      'a commit was refused: the partition is not the member’s any more',
      { partition },
    );
    this.#keeper.refused(lane);
  }
}
