import { performance } from 'node:perf_hooks';
import { isPostamtError, sleep } from '#kernel';
import type { Membership, OwnedPartition } from '#groups';
import { Lane } from './lane.js';
import { planLanes } from './lane-plan.js';
import { retryMs, type ListenerLog } from './listener-log.js';
import type { PartitionCalls } from './partition-calls.js';

export interface KeeperParts {
  readonly membership: Membership;
  readonly lanes: Set<Lane>;
  readonly log: ListenerLog;
  readonly calls: PartitionCalls;
  /** From then on nothing is opened, given up or joined. */
  readonly stopping: AbortSignal;
  /** Lanes are there, and are to be started. */
  readonly onOpened: (lanes: readonly Lane[]) => void;
  /** Lanes are there no more. */
  readonly onClosed: (lanes: readonly Lane[]) => void;
  /** Lanes may be worked on again. */
  readonly onResumed: () => void;
  /** Resolves once what is done in a lane is committed. */
  readonly flush: (lane: Lane) => Promise<void>;
}

/**
 * Keeps the lanes of a listener as its membership says: opens those of partitions that it was given, gives up those that
 * it is asked for once nothing runs on them, abandons those that it has lost, and joins again.
 */
export class LaneKeeper {
  readonly #parts: KeeperParts;
  /** Lanes that were lost while a handler ran that has not returned since, by the group partition. */
  readonly #abandoned = new Map<number, Lane>();
  /** What was asked of the membership and is not answered. */
  readonly #asked = new Set<Promise<void>>();
  #isRejoining = false;
  #isExpired = false;
  #error: string | undefined;

  constructor(parts: KeeperParts) {
    this.#parts = parts;
  }

  /** Why it is no member just now, or for good. */
  get error(): string | undefined {
    return this.#error;
  }

  /** Resolves once nothing is asked of the membership any more; nothing new is, once it is to stop. */
  async quiet(): Promise<void> {
    await Promise.allSettled(this.#asked);
  }

  /** Compares the lanes with what the member has. */
  look(): void {
    const { membership, lanes, stopping, onResumed } = this.#parts;
    if (stopping.aborted) return;
    if (membership.state !== 'member') return this.#loseAll();
    const plan = planLanes(membership, lanes);
    this.#lose(plan.lose);
    for (const lane of plan.revoke) lane.state = 'revoking';
    for (const lane of plan.resume) lane.resume();
    this.#open(plan.open);
    this.#giveUp(plan.release.map((partition) => this.#add(partition)));
    this.settle();
    if (plan.resume.length > 0) onResumed();
  }

  /** Gives up the lanes that are to be given up and have come to rest. */
  settle(): void {
    const { lanes, stopping } = this.#parts;
    if (stopping.aborted) return;
    this.#giveUp([...lanes].filter(isAtRest));
  }

  /** A commit of the lane was refused. Should the member have the partition all the same, it begins again. */
  refused(lane: Lane): void {
    if (lane.state === 'lost') return;
    this.#lose([lane]);
    this.look();
    const isHeir = ({ partition: { id } }: Lane) => id === lane.partition.id;
    const heir = [...this.#parts.lanes].find(isHeir);
    if (!heir) return;
    heir.failures = lane.failures + 1;
    heir.notBefore = performance.now() + retryMs(heir.failures);
  }

  /** Leaves the group, since a handler runs for longer than it may, and joins again once it has returned. */
  async expire(): Promise<void> {
    const { membership, log } = this.#parts;
    if (membership.state !== 'member') return;
    this.#isExpired = true;
    try {
      await this.#ask(membership.expire());
    } catch (error) {
      log.error(error, 'could not leave the group; its session will end');
    }
  }

  async #ask(asking: Promise<void>): Promise<void> {
    this.#asked.add(asking);
    try {
      await asking;
    } finally {
      this.#asked.delete(asking);
    }
  }

  #add(partition: OwnedPartition): Lane {
    const lane = new Lane(partition);
    this.#parts.lanes.add(lane);
    return lane;
  }

  #open(partitions: readonly OwnedPartition[]): void {
    if (partitions.length === 0) return;
    const lanes = partitions.map((partition) => this.#add(partition));
    for (const lane of lanes) this.#hold(lane);
    this.#parts.onOpened(lanes);
  }

  /** A partition has one call of the handler at a time: the lane waits for one that was abandoned. */
  #hold(lane: Lane): void {
    const before = this.#abandoned.get(lane.partition.id);
    if (!before) return;
    lane.isHeld = true;
    const returned = before.returned();
    lane.track(returned, { since: before.runningSince ?? performance.now() });
    void returned.then(() => {
      lane.isHeld = false;
      this.#parts.onOpened([lane]);
    });
  }

  #giveUp(lanes: readonly Lane[]): void {
    if (lanes.length === 0) return;
    for (const lane of lanes) lane.state = 'releasing';
    void this.#release(lanes);
  }

  async #release(lanes: readonly Lane[]): Promise<void> {
    const { flush, calls, onClosed } = this.#parts;
    await Promise.all(lanes.map(flush));
    await calls.revoked(lanes.filter(isReleasing));
    await this.#releaseAll(lanes);
    for (const lane of lanes) this.#parts.lanes.delete(lane);
    onClosed(lanes);
    this.look();
  }

  async #releaseAll(lanes: readonly Lane[]): Promise<void> {
    const { membership, log, stopping } = this.#parts;
    for (let failures = 1; !stopping.aborted; failures += 1) {
      const own = lanes.filter(isReleasing).map(({ partition }) => partition);
      try {
        if (own.length > 0) await this.#ask(membership.release(own));
        return;
      } catch (error) {
        log.error(error, 'could not give partitions up; trying again', {
          failures,
        });
        await sleep(retryMs(failures), stopping);
      }
    }
  }

  #lose(lanes: readonly Lane[]): void {
    if (lanes.length === 0) return;
    const { onClosed, calls } = this.#parts;
    for (const lane of lanes) {
      lane.lose();
      this.#parts.lanes.delete(lane);
      if (lane.runningSince !== undefined) this.#abandon(lane);
    }
    onClosed(lanes);
    void calls.lost(lanes);
  }

  #abandon(lane: Lane): void {
    const { id } = lane.partition;
    this.#abandoned.set(id, lane);
    void lane.returned().then(() => {
      if (this.#abandoned.get(id) === lane) this.#abandoned.delete(id);
    });
  }

  #loseAll(): void {
    const { membership, lanes } = this.#parts;
    this.#lose([...lanes]);
    if (membership.state !== 'lost' || this.#isRejoining) return;
    this.#isRejoining = true;
    void this.#rejoin();
  }

  async #rejoin(): Promise<void> {
    const { membership, calls, log, stopping } = this.#parts;
    log.warn(membership.lostBecause, 'not a member of the group any more');
    this.#error = String(membership.lostBecause);
    if (this.#isExpired) await this.#allReturned();
    this.#isExpired = false;
    await calls.lost([]);
    for (let failures = 1; !stopping.aborted; failures += 1) {
      try {
        await this.#ask(membership.rejoin());
        break;
      } catch (error) {
        this.#error = String(error);
        log.error(error, 'could not join the group again', { failures });
        // Another process has its name: it stays out for good.
        if (isPostamtError(error, 'FENCED_INSTANCE_ID')) return;
        await sleep(retryMs(failures), stopping);
      }
    }
    this.#isRejoining = false;
    this.#error = undefined;
    this.look();
  }

  async #allReturned(): Promise<void> {
    const { stopping } = this.#parts;
    const lanes = [...this.#abandoned.values()];
    const returned = Promise.all(lanes.map((lane) => lane.returned()));
    const stopped = new Promise((resolve) => {
      if (stopping.aborted) resolve(undefined);
      stopping.addEventListener('abort', resolve, { once: true });
    });
    await Promise.race([returned, stopped]);
  }
}

function isAtRest({ state, busy }: Lane): boolean {
  return state === 'revoking' && busy === 0;
}

function isReleasing({ state }: Lane): boolean {
  return state === 'releasing';
}
