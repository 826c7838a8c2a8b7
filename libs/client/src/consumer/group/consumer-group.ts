import { isPostamtError, PostamtError } from '#kernel';
import type { Database } from '#postgres';
import type { Assignment } from '../assignment.js';
import type { ConsumerSettings } from '../consumer-options.js';
import type { RecordReader } from '../record-reader.js';
import type { StartPositions } from '../start-positions.js';
import { GroupCommits } from './group-commits.js';
import type { GroupSettings } from './group-options.js';
import type { GroupPartitions } from './group-partitions.js';
import { MemberLink } from './member-link.js';
import { PollInterval } from './poll-interval.js';
import { Rebalancer } from './rebalancer.js';
import type { RebalanceListener, Subscription } from './subscription.js';

/** Who a consumer is in its group (Kafka's ConsumerGroupMetadata). */
export interface ConsumerGroupMetadata {
  readonly groupId: string;
  /** -1 while it is no member. */
  readonly generationId: number;
  /** Empty while it is no member. */
  readonly memberId: string;
  /** Where it is a static member. */
  readonly groupInstanceId: string | undefined;
}

/** What a consumer takes part in a group with. */
export interface ConsumerGroupParts {
  readonly db: Database;
  readonly settings: ConsumerSettings;
  readonly group: GroupSettings;
  readonly assignment: Assignment;
  readonly reader: RecordReader;
  readonly partitions: GroupPartitions;
  readonly starts: StartPositions;
  /** Ends the wait of the poll that is under way, to have it look. */
  readonly onChange: () => void;
}

/** A consumer's part in its group: what it has subscribed to, its membership, its commits. */
export class ConsumerGroup {
  readonly commits: GroupCommits;
  readonly #parts: ConsumerGroupParts;
  readonly #link: MemberLink;
  readonly #rebalancer: Rebalancer;
  readonly #interval: PollInterval;

  constructor(parts: ConsumerGroupParts) {
    const { db, group } = parts;
    this.#parts = parts;
    this.#link = new MemberLink(db, group, parts.onChange);
    const isSubscribed = () => this.isSubscribed;
    this.commits = new GroupCommits({
      ...parts,
      settings: group,
      isSubscribed,
    });
    this.#rebalancer = new Rebalancer({ ...parts, commits: this.commits });
    this.#interval = new PollInterval(group.maxPollIntervalMs, () => {
      void this.#expire();
    });
  }

  get isSubscribed(): boolean {
    return this.#link.subscription !== undefined;
  }

  /** Whether who asks is a callback of the user's, for which a poll waits. */
  get isCallingBack(): boolean {
    return this.#rebalancer.isCallingBack;
  }

  get metadata(): ConsumerGroupMetadata {
    const { group, groupInstanceId } = this.#parts.group;
    const membership = this.#link.membership;
    const isMember = membership?.state === 'member';
    return {
      groupId: group,
      generationId: isMember ? membership.generation : -1,
      memberId: isMember ? membership.memberId : '',
      groupInstanceId,
    };
  }

  /** From the next poll on. */
  subscribe(subscription: Subscription, listener: RebalanceListener): void {
    this.#link.subscribe(subscription);
    this.#rebalancer.listener = listener;
  }

  pollStarted(): void {
    this.#interval.stop();
  }

  pollEnded(): void {
    if (this.isSubscribed) this.#interval.start();
  }

  /** How long a poll may wait until it is to look, in milliseconds. */
  get waitMs(): number {
    const { auto } = this.commits;
    return Math.min(this.#link.waitMs, auto.waitMs(this.commits.consumed()));
  }

  /**
   * Joins, commits, takes partitions up and gives them up, as far as it is time for that.
   *
   * @throws PostamtError POSTGRES_UNAVAILABLE, to be tried again; FENCED_INSTANCE_ID, for good
   */
  async prepare(): Promise<void> {
    const membership = this.#link.membership;
    if (membership?.state === 'lost') {
      await this.#rebalancer.loseAll();
      if (isPostamtError(membership.lostBecause, 'FENCED_INSTANCE_ID'))
        throw membership.lostBecause;
    } else if (membership) await this.#rebalancer.apply(membership);
    this.commits.auto.tick(() => this.commits.consumed());
    this.#link.maintain();
  }

  /** @throws what a callback of the user's threw, once */
  throwFailure(): void {
    this.#rebalancer.throwFailure();
  }

  /**
   * Commits, gives its partitions back and leaves. Whatever goes wrong, it has left as far as it can.
   *
   * @throws what a callback of the user's threw
   */
  async leave(): Promise<void> {
    this.#interval.stop();
    try {
      if (this.#link.membership?.state === 'lost')
        await this.#rebalancer.loseAll();
      else await this.#rebalancer.giveUp(this.#parts.partitions.held);
      if (!this.isSubscribed)
        await this.commits.auto.now(this.commits.consumed());
      await this.commits.settled();
    } finally {
      await this.#leaveGroup();
    }
    this.throwFailure();
  }

  /** Others get its partitions once its session is over where that fails. */
  async #leaveGroup(): Promise<void> {
    try {
      await this.#link.leave();
    } catch (err) {
      const { group } = this.#parts.group;
      this.#parts.db.logger.warn({ err, group }, 'a group could not be left');
    }
  }

  async #expire(): Promise<void> {
    const { group, maxPollIntervalMs } = this.#parts.group;
    const { logger } = this.#parts.db;
    logger.warn(
      { group, maxPollIntervalMs },
      'a consumer was not polled for longer than maxPollIntervalMs; its partitions go to others',
    );
    try {
      await this.#link.expire();
    } catch (err) {
      logger.warn({ err, group }, 'a member could not be expired');
    }
  }
}

/** @throws PostamtError INVALID_GROUP_ID where a consumer has no group, as Kafka does */
export function requireGroup(
  group: ConsumerGroup | undefined,
): asserts group is ConsumerGroup {
  if (group) return;
  throw new PostamtError(
    'INVALID_GROUP_ID',
    'this consumer belongs to no group; give it one: new Consumer(db, { group })',
  );
}
