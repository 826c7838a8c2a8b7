import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { hostname } from 'node:os';
import { PostamtError } from '#kernel';
import { bind, type BoundStatement, type Database } from '#postgres';
import type { Assignor } from '../assignors/assignor.js';
import { takeTurn, type TurnResult } from '../coordinate/turn.js';
import type { OwnedPartition } from '../owned-partition.js';
import {
  changeSubscription,
  insertMember,
  leaveGroup,
  releasePartitions,
} from '../sql/change-member.js';
import { ensureGroup } from '../sql/ensure-group.js';
import {
  readReplacement,
  type MembershipRow,
} from '../sql/read-memberships.js';
import { GroupSession, type SessionMember } from '../session/group-session.js';
import {
  checkedSubscription,
  membershipSettings,
  type MembershipOptions,
  type MembershipSettings,
  type Subscription,
} from './membership-options.js';

/** `lost`: it was fenced, timed out or replaced, and nothing of what it had is its own any more. */
export const MEMBERSHIP_STATES = ['member', 'lost', 'left'] as const;
export type MembershipState = (typeof MEMBERSHIP_STATES)[number];

/**
 * One member of a consumer group, seen from its process: what it may work on, and what it is asked to give up. Its
 * process says for it that it is there; whoever uses it has to give up what is asked for.
 *
 * @example
 * const membership = await Membership.join(db, { group: 'board', topics: ['incidents'] });
 * membership.onChange(() => console.log(membership.owned, membership.revoking));
 * …
 * await membership.release(membership.revoking);
 * await membership.leave();
 */
export class Membership implements SessionMember {
  readonly #db: Database;
  readonly #settings: MembershipSettings;
  readonly #session: GroupSession;
  readonly #events = new EventTarget();
  #subscription: Subscription;
  #memberId = '';
  #groupId = 0;
  #number = 0;
  #generation = 0;
  #state: MembershipState = 'left';
  #lostBecause: PostamtError | undefined;
  #reason: Promise<void> = Promise.resolve();
  #sessionId: bigint | null = null;
  #owned: readonly OwnedPartition[] = [];
  #revoking: readonly OwnedPartition[] = [];
  #version = 0;
  /** Of the group, when what this member has was read. */
  #readAt = -1n;
  #rejoining: Promise<void> | undefined;

  private constructor(db: Database, settings: MembershipSettings) {
    this.#db = db;
    this.#settings = settings;
    this.#subscription = settings.subscription;
    this.#session = GroupSession.of(db, settings);
  }

  /**
   * Joins a group, which begins to exist with its first member. What it is to have may still be somebody else's, who is
   * asked to give it up first.
   *
   * @throws PostamtError INVALID_GROUP_ID, INVALID_CONFIG, POSTGRES_UNAVAILABLE, CLOSED
   */
  static async join(
    db: Database,
    options: MembershipOptions,
  ): Promise<Membership> {
    const membership = new Membership(db, membershipSettings(options));
    await membership.#join();
    return membership;
  }

  get group(): string {
    return this.#settings.group;
  }

  get groupInstanceId(): string | undefined {
    return this.#settings.groupInstanceId;
  }

  /** A new one each time it joins. */
  get memberId(): string {
    return this.#memberId;
  }

  /** What the database knows it by. */
  get number(): number {
    return this.#number;
  }

  get groupId(): number {
    return this.#groupId;
  }

  get assignor(): Assignor {
    return this.#settings.assignor;
  }

  /** The group's generation, as far as this member has heard of it. */
  get generation(): number {
    return this.#generation;
  }

  get state(): MembershipState {
    return this.#state;
  }

  /**
   * Why it was lost: UNKNOWN_MEMBER_ID, it may join again; FENCED_INSTANCE_ID, another process has its
   * `groupInstanceId`, and it should not.
   */
  get lostBecause(): PostamtError | undefined {
    return this.#lostBecause;
  }

  /** What it may work on. */
  get owned(): readonly OwnedPartition[] {
    return this.#owned;
  }

  /** What it has still, and is asked to give up: by {@link Membership.release}, once nothing runs on it. */
  get revoking(): readonly OwnedPartition[] {
    return this.#revoking;
  }

  /** Grows with each change of what this member has or is. */
  get version(): number {
    return this.#version;
  }

  /** Calls `listener` after each change; returns how to have it called no more. */
  onChange(listener: () => void): () => void {
    this.#events.addEventListener('change', listener);
    return () => this.#events.removeEventListener('change', listener);
  }

  /** Resolves at the next change, or when `signal` aborts. */
  async changed(signal?: AbortSignal): Promise<void> {
    if (signal?.aborted) return;
    const options = signal ? { signal } : {};
    await once(this.#events, 'change', options).catch(() => {});
  }

  /** Gives partitions up. Nothing may run on them any more, and what was to be committed is. */
  async release(partitions: readonly OwnedPartition[]): Promise<void> {
    const number = this.#number;
    const own = partitions.filter(({ member }) => member === number);
    if (own.length === 0 || this.#state !== 'member') return;
    const ids = new Set(own.map(({ id }) => id));
    await this.#turn(bind(releasePartitions, [number, [...ids]]));
    // Meanwhile it may have become another member, which is asked for the same ones.
    this.#revoking = this.#revoking.filter(
      ({ id, member }) => member !== number || !ids.has(id),
    );
    this.#changed();
  }

  /** Subscribes to something else. What it loses by that it is asked to give up. */
  async resubscribe(subscription: Subscription): Promise<void> {
    this.#subscription = checkedSubscription(subscription);
    const { topics, pattern } = this.#subscription;
    await this.#turn(
      bind(changeSubscription, [
        this.#number,
        topics ?? [],
        pattern?.source ?? null,
        pattern?.flags ?? '',
      ]),
    );
  }

  /**
   * Joins again after it was lost, as another member. Until it succeeds it may be tried again.
   *
   * @throws PostamtError as {@link Membership.join}; FENCED_INSTANCE_ID where another process has its `groupInstanceId`
   */
  async rejoin(): Promise<void> {
    this.#rejoining ??= this.#rejoin();
    await this.#rejoining;
  }

  /**
   * It does not work any more, as far as its process can tell (`max.poll.interval.ms`): it is fenced, what it has open is
   * ended, and others get its partitions.
   */
  async expire(): Promise<void> {
    if (this.#state !== 'member') return;
    this.#session.exit(this);
    this.lose();
    await this.#leave();
  }

  /** Leaves at once. A static member leaves for a while: its partitions stay its own until its session is timed out. */
  async leave(): Promise<void> {
    // Else it would become a member after it has left.
    await this.#rejoining?.catch(() => {});
    const { state } = this;
    if (state === 'left') return;
    this.#session.exit(this);
    this.#set('left');
    try {
      if (state === 'member') await this.#leave();
    } finally {
      await this.#letGo();
    }
  }

  /** For the session only. */
  take(rows: readonly MembershipRow[]): void {
    const { version = -1n } = rows[0] ?? {};
    // Two readings under way at once may be answered in the other order.
    if (version < this.#readAt) return;
    this.#readAt = version;
    const owned: OwnedPartition[] = [];
    const revoking: OwnedPartition[] = [];
    for (const { generation, partition } of rows) {
      this.#generation = generation;
      if (!partition) continue;
      const { stays, index, ...place } = partition;
      const list = stays ? owned : revoking;
      const { group, number: member } = this;
      list.push({ ...place, partition: index, group, member });
    }
    this.#owned = owned;
    this.#revoking = revoking;
    this.#changed();
  }

  /** For the session only. */
  lose(): void {
    this.#lostBecause = new PostamtError(
      'UNKNOWN_MEMBER_ID',
      `member ${this.#memberId} does not belong to group ${this.group} any more: it was timed out or fenced, and others have its partitions; join again`,
    );
    this.#set('lost');
    this.#reason = this.#findReplacement();
  }

  async #join(): Promise<void> {
    const before = this.#state;
    const because = this.#lostBecause;
    await this.#letGo();
    this.#sessionId = await this.#session.hold();
    try {
      const session = this.#sessionId;
      await this.#session.whileChanging(() => this.#enter(session));
    } catch (error) {
      this.#session.exit(this);
      // Else it would count as a member, for which nobody beats.
      this.#state = before;
      this.#lostBecause = because;
      await this.#letGo();
      throw error;
    }
  }

  async #rejoin(): Promise<void> {
    try {
      await this.#reason;
      if (this.#state !== 'lost') return;
      if (this.#lostBecause?.code === 'FENCED_INSTANCE_ID')
        throw this.#lostBecause;
      await this.#join();
    } finally {
      this.#rejoining = undefined;
    }
  }

  async #enter(session: bigint): Promise<void> {
    this.#memberId = randomUUID();
    await this.#insert(session);
    this.#state = 'member';
    this.#lostBecause = undefined;
    this.#readAt = -1n;
    await this.#session.enter(this);
  }

  /** Where it fails, the session finds what is left of it. */
  async #leave(): Promise<void> {
    const happening = bind(leaveGroup, [this.#number]);
    await this.#session.whileChanging(() => this.#turn(happening));
  }

  async #letGo(): Promise<void> {
    if (this.#sessionId === null) return;
    this.#sessionId = null;
    await this.#session.drop();
  }

  /** A group that is deleted between the two is made again. */
  async #insert(session: bigint): Promise<void> {
    for (;;) {
      const [groupId] = await this.#db.write(ensureGroup, [this.group]);
      if (groupId === undefined) continue;
      this.#groupId = groupId;
      const joined = await this.#turn(this.#joining(session));
      const [row] = joined?.rows ?? [];
      if (!row) continue;
      this.#number = insertMember.mapRow(row);
      return;
    }
  }

  #joining(session: bigint): BoundStatement {
    const { groupInstanceId, clientId, assignor, ...settings } = this.#settings;
    const { topics, pattern } = this.#subscription;
    return bind(insertMember, [
      this.#groupId,
      this.#memberId,
      groupInstanceId ?? null,
      session,
      clientId,
      hostname(),
      topics ?? [],
      pattern?.source ?? null,
      pattern?.flags ?? '',
      assignor.name,
      settings.sessionTimeoutMs,
      settings.maxPollIntervalMs,
    ]);
  }

  async #turn(happening: BoundStatement): Promise<TurnResult | undefined> {
    const { assignor } = this.#settings;
    const assignors = new Map(this.#session.assignors);
    assignors.set(assignor.name, assignor);
    return takeTurn(this.#db, {
      groupId: this.#groupId,
      observer: this.#sessionId,
      assignors,
      happening,
      waits: true,
    });
  }

  /** Only a static member can be replaced by its own name. */
  async #findReplacement(): Promise<void> {
    const { groupInstanceId } = this.#settings;
    if (groupInstanceId === undefined) return;
    const values = [this.#groupId, groupInstanceId, this.#number] as const;
    try {
      const [replaced] = await this.#db.run(readReplacement, [...values]);
      if (!replaced || this.#state !== 'lost') return;
      this.#lostBecause = new PostamtError(
        'FENCED_INSTANCE_ID',
        `another process has joined group ${this.group} as ${groupInstanceId}: give each process a groupInstanceId of its own`,
      );
      this.#changed();
    } catch (err) {
      this.#db.logger.warn({ err }, 'cannot say why a member was lost');
    }
  }

  #set(state: MembershipState): void {
    this.#state = state;
    this.#owned = [];
    this.#revoking = [];
    this.#changed();
  }

  #changed(): void {
    this.#version += 1;
    this.#events.dispatchEvent(new Event('change'));
  }
}
