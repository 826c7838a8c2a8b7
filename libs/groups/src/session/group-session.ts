import { hostname } from 'node:os';
import { backoffMs, isPostamtError, sleep } from '#kernel';
import { TOPICS_WAKE_UP } from '#log';
import type { Database, WakeUpWatch } from '#postgres';
import { ASSIGNORS } from '../assignors/assignors.js';
import type { Assignor } from '../assignors/assignor.js';
import { groupWakeUp } from '../coordinate/group-wake-up.js';
import type { OwnedPartition } from '../owned-partition.js';
import { DueTurns, type Stray } from './due-turns.js';
import { OwnedPruning } from './owned-pruning.js';
import {
  readMemberships,
  type MembershipRow,
} from '../sql/read-memberships.js';
import {
  beatSession,
  closeSession,
  openSession,
  type FoundGroup,
} from '../sql/session-statements.js';

/** How often a process says that it is there, and after what time it is taken to be gone. */
export interface SessionPace {
  readonly sessionTimeoutMs: number;
  readonly heartbeatIntervalMs: number;
}

/** A member of this process, as its session sees it. */
export interface SessionMember {
  readonly groupId: number;
  readonly number: number;
  readonly assignor: Assignor;
  readonly owned: readonly OwnedPartition[];
  /** What it has now; called when its group has changed. */
  take(rows: readonly MembershipRow[]): void;
  /** It is no member any more. */
  lose(): void;
}

const RETRY = { initialMs: 100, maxMs: 5_000 };
/** What comes in so short a time is looked at together: fifty members that join at once are not fifty looks. */
const GATHER_MS = 5;
/** A connection on which a beat is not answered for so long is thrown away. */
const BEAT_LIMIT_MS = 5_000;
/**
 * The members of one process that have one pace. It beats for all of them by one statement, which tells it what has
 * changed and what there is to coordinate, and takes the turns that are due. Wake-ups of the groups shorten the wait.
 */
export class GroupSession {
  static readonly #open = new WeakMap<Database, Map<string, GroupSession>>();
  readonly #db: Database;
  readonly #pace: SessionPace;
  readonly #members = new Map<number, SessionMember>();
  readonly #versions = new Map<number, bigint>();
  readonly #pruning: OwnedPruning;
  readonly #turns: DueTurns;
  #id: Promise<bigint> | undefined;
  #watch: WakeUpWatch | undefined;
  #running: Promise<void> | undefined;
  #failures = 0;
  #holders = 0;
  #changes = 0;

  private constructor(db: Database, pace: SessionPace) {
    this.#db = db;
    this.#pace = pace;
    this.#pruning = new OwnedPruning(db);
    this.#turns = new DueTurns(db);
  }

  /** The session of this database object that has that pace. */
  static of(db: Database, pace: SessionPace): GroupSession {
    const { sessionTimeoutMs, heartbeatIntervalMs } = pace;
    const sessions = GroupSession.#open.get(db) ?? new Map();
    GroupSession.#open.set(db, sessions);
    const key = `${sessionTimeoutMs} ${heartbeatIntervalMs}`;
    const session = sessions.get(key) ?? new GroupSession(db, pace);
    sessions.set(key, session);
    return session;
  }

  /** Has the session stay until {@link GroupSession.drop} was called as often; returns its number. */
  async hold(): Promise<bigint> {
    this.#holders += 1;
    try {
      return await this.#known();
    } catch (error) {
      await this.drop();
      throw error;
    }
  }

  /** The last one to drop it ends it. */
  async drop(): Promise<void> {
    this.#holders -= 1;
    if (this.#holders > 0) return;
    const ended = this.#running;
    const id = this.#id;
    this.#watch?.close();
    this.#watch = undefined;
    this.#running = undefined;
    this.#id = undefined;
    await ended;
    await this.#turns.settled();
    if (id) await this.#closeRow(id);
  }

  /**
   * Runs what makes a member of this session or ends one: meanwhile the database may know of members that the session
   * does not. Those that it finds at any other time are what an answer that was lost has left behind.
   */
  async whileChanging<Result>(change: () => Promise<Result>): Promise<Result> {
    this.#changes += 1;
    try {
      return await change();
    } finally {
      this.#changes -= 1;
    }
  }

  /** Assignors that this process can take turns with. */
  get assignors(): ReadonlyMap<string, Assignor> {
    const known = new Map(ASSIGNORS);
    for (const { assignor } of this.#members.values())
      known.set(assignor.name, assignor);
    return known;
  }

  /** Beats for this member too, and tells it what it has. */
  async enter(member: SessionMember): Promise<void> {
    this.#members.set(member.number, member);
    this.#watch ??= this.#db.wakeUps.watch([TOPICS_WAKE_UP]);
    this.#watch.add([groupWakeUp(member.groupId)]);
    await this.#refresh([member]);
    this.#running ??= this.#run(this.#watch);
  }

  /** Beats for it no longer. */
  exit(member: SessionMember): void {
    if (this.#members.get(member.number) === member)
      this.#members.delete(member.number);
    const { groupId } = member;
    const others = [...this.#members.values()];
    if (others.some((other) => other.groupId === groupId)) return;
    this.#watch?.remove([groupWakeUp(groupId)]);
    this.#versions.delete(groupId);
  }

  async #known(): Promise<bigint> {
    this.#id ??= this.#openRow();
    return this.#id;
  }

  async #openRow(): Promise<bigint> {
    const { sessionTimeoutMs, heartbeatIntervalMs } = this.#pace;
    try {
      const [id] = await this.#db.write(openSession, [
        sessionTimeoutMs,
        heartbeatIntervalMs,
        hostname(),
      ]);
      return id as bigint;
    } catch (error) {
      this.#id = undefined;
      throw error;
    }
  }

  async #closeRow(id: Promise<bigint>): Promise<void> {
    try {
      await this.#db.write(closeSession, [await id]);
    } catch (err) {
      this.#db.logger.warn(
        { err },
        'a session of group members stays until it is timed out',
      );
    }
  }

  async #run(watch: WakeUpWatch): Promise<void> {
    while (this.#watch === watch) {
      watch.take();
      const waitMs = await this.#step();
      if (this.#watch !== watch) return;
      await watch.wait(waitMs);
      if (watch.hinted) await sleep(GATHER_MS);
    }
  }

  /** Beats once; returns how long to wait before the next time. */
  async #step(): Promise<number> {
    try {
      const waitMs = await this.#beat();
      this.#failures = 0;
      return Math.min(waitMs, this.#pace.heartbeatIntervalMs);
    } catch (err) {
      if (isPostamtError(err, 'CLOSED')) {
        this.#watch = undefined;
        return 0;
      }
      this.#failures += 1;
      const failures = this.#failures;
      this.#db.logger.warn(
        { err, failures },
        'a heartbeat failed; trying again',
      );
      const { heartbeatIntervalMs } = this.#pace;
      return Math.min(backoffMs(RETRY, failures), heartbeatIntervalMs);
    }
  }

  /** Returns after how long there may be something left to do. */
  async #beat(): Promise<number> {
    const session = this.#known();
    const id = await session;
    const [known, ...groups] = await this.#db.runAside(
      beatSession,
      [id],
      BEAT_LIMIT_MS,
    );
    // The members that there were before the beat: one that enters meanwhile looks by itself.
    if (!known) {
      if (this.#id === session) this.#id = undefined;
      for (const member of this.#members.values()) this.#lose(member);
      return Infinity;
    }
    // First: a turn may take long, and what it changes is heard of by itself.
    await this.#follow(groups);
    const leftMs = await this.#takeTurns(id, groups);
    const owned = [...this.#members.values()].flatMap((each) => each.owned);
    await this.#pruning.runWhenDue(owned.map((each) => each.id));
    return leftMs;
  }

  async #takeTurns(
    observer: bigint,
    found: readonly FoundGroup[],
  ): Promise<number> {
    const { assignors } = this;
    const due = found.filter(({ needsTurn }) => needsTurn);
    const groups = due.map(({ groupId }) => groupId);
    const request = {
      observer,
      assignors,
      groups,
      strays: this.#strays(found),
    };
    return this.#turns.take(request, this.#pace.heartbeatIntervalMs);
  }

  #strays(found: readonly FoundGroup[]): Stray[] {
    if (this.#changes > 0) return [];
    return found.flatMap(({ groupId, members }) =>
      members
        .filter((number) => !this.#members.has(number))
        .map((number) => ({ groupId, number })),
    );
  }

  /** Members of groups that have changed look what they have now. */
  async #follow(groups: readonly FoundGroup[]): Promise<void> {
    const found = new Map(groups.map((group) => [group.groupId, group]));
    const changed: SessionMember[] = [];
    for (const member of this.#members.values()) {
      const group = found.get(member.groupId);
      const isThere = group?.members.includes(member.number) ?? false;
      const { version = -1n } = group ?? {};
      if (isThere && this.#versions.get(member.groupId) === version) continue;
      changed.push(member);
    }
    await this.#refresh(changed);
    for (const { groupId, version } of groups)
      this.#versions.set(groupId, version);
  }

  async #refresh(members: readonly SessionMember[]): Promise<void> {
    if (members.length === 0) return;
    const numbers = members.map(({ number }) => number);
    const rows = await this.#db.runAside(
      readMemberships,
      [numbers],
      BEAT_LIMIT_MS,
    );
    const byMember = Map.groupBy(rows, ({ member }) => member);
    for (const member of members) {
      if (this.#members.get(member.number) !== member) continue;
      const own = byMember.get(member.number);
      if (own) member.take(own);
      else this.#lose(member);
    }
  }

  #lose(member: SessionMember): void {
    if (this.#members.get(member.number) !== member) return;
    this.#members.delete(member.number);
    member.lose();
  }
}
