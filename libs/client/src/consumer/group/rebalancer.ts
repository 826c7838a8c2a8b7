import { AsyncLocalStorage } from 'node:async_hooks';
import {
  committedOffsets,
  type Membership,
  type OwnedPartition,
} from '#groups';
import type { Database } from '#postgres';
import type { Assignment } from '../assignment.js';
import { placeOf } from '../consumer-record.js';
import type { StartPositions, StoppedAt } from '../start-positions.js';
import type { GroupCommits } from './group-commits.js';
import type { GroupPartitions } from './group-partitions.js';
import { decideOwnedChanges } from './owned-changes.js';
import type { RebalanceListener } from './subscription.js';

/** What partitions are taken up and given up with. */
export interface RebalanceParts {
  readonly db: Database;
  readonly assignment: Assignment;
  readonly partitions: GroupPartitions;
  readonly commits: GroupCommits;
  readonly starts: StartPositions;
}

/** Takes partitions up and gives them up as a membership says, inside `poll`; those that stay are not disturbed. */
export class Rebalancer {
  readonly #parts: RebalanceParts;
  /** Who is told. */
  listener: RebalanceListener = {};
  readonly #failures: unknown[] = [];
  /** What runs in a callback, as long as that has not returned. */
  readonly #calling = new AsyncLocalStorage<{ isOver: boolean }>();
  /** Up to which change of which membership everything is done. */
  #applied: { membership: Membership; version: number } | undefined;

  constructor(parts: RebalanceParts) {
    this.#parts = parts;
  }

  /** Whether who asks runs in a callback. */
  get isCallingBack(): boolean {
    return this.#calling.getStore()?.isOver === false;
  }

  /**
   * Does what has become necessary: first what went, then what came.
   *
   * @throws PostamtError where the server cannot be asked; what is left to do is done at the next call
   */
  async apply(membership: Membership): Promise<void> {
    const { owned, revoking, version } = membership;
    const applied = this.#applied;
    if (applied?.membership === membership && applied.version === version)
      return;
    const { held } = this.#parts.partitions;
    const changes = decideOwnedChanges(held, owned, revoking);
    await this.#lose(changes.lost);
    await this.giveUp(changes.revoked);
    if (revoking.length > 0) await release(membership, revoking);
    await this.#takeUp(changes.added);
    this.#applied = { membership, version };
  }

  /** All of them went to others already. */
  async loseAll(): Promise<void> {
    await this.#lose(this.#parts.partitions.held);
  }

  /** Commits what earlier polls gave, tells the user, and holds them no more. */
  async giveUp(partitions: readonly OwnedPartition[]): Promise<void> {
    if (partitions.length === 0) return;
    const { commits } = this.#parts;
    await commits.auto.now(commits.consumed(partitions));
    await this.#tell('onPartitionsRevoked', partitions);
    await commits.settled();
    this.#drop(partitions);
  }

  /** Throws what a callback of the user's threw, once. */
  throwFailure(): void {
    const [failure] = this.#failures.splice(0);
    if (failure !== undefined) throw failure;
  }

  async #lose(partitions: readonly OwnedPartition[]): Promise<void> {
    if (partitions.length === 0) return;
    this.#drop(partitions);
    await this.#tell('onPartitionsLost', partitions);
  }

  /** Where the group has stopped is read for all of them before any of them is taken up. */
  async #takeUp(added: readonly OwnedPartition[]): Promise<void> {
    if (added.length === 0) return;
    const { db, assignment, partitions, commits, starts } = this.#parts;
    const committed = await committedOffsets(db, added);
    const found = added.map(({ id }) => committed.get(id));
    const stopped = await starts.compare(added, found);
    for (const [n, partition] of added.entries()) {
      partitions.hold(partition);
      const offset = found[n]?.offset;
      if (offset !== undefined) commits.auto.note(partition, offset);
      const track = assignment.add(partition);
      track.partitionId = partition.partitionId;
      starts.begin(track, stopped[n] as StoppedAt);
    }
    await this.#tell('onPartitionsAssigned', added);
  }

  #drop(gone: readonly OwnedPartition[]): void {
    const { assignment, partitions, commits } = this.#parts;
    for (const partition of gone) {
      assignment.remove(partition);
      partitions.drop(partition);
      commits.auto.forget(partition);
    }
  }

  /** What it throws does not keep partitions from going their way. */
  async #tell(
    callback: keyof RebalanceListener,
    partitions: readonly OwnedPartition[],
  ): Promise<void> {
    const call = { isOver: false };
    const places = partitions.map(placeOf);
    try {
      await this.#calling.run(call, async () =>
        this.listener[callback]?.(places),
      );
    } catch (error) {
      this.#failures.push(error);
    }
    call.isOver = true;
  }
}

/** Whoever was fenced meanwhile has nothing left to release. */
async function release(
  membership: Membership,
  partitions: readonly OwnedPartition[],
): Promise<void> {
  try {
    await membership.release(partitions);
  } catch (error) {
    if (membership.state === 'member') throw error;
  }
}
