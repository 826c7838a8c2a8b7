import { performance } from 'node:perf_hooks';
import { backoffMs } from '#kernel';
import { Membership } from '#groups';
import type { Database } from '#postgres';
import { isPassing } from '../retry-passing.js';
import type { GroupSettings } from './group-options.js';
import type { Subscription } from './subscription.js';

const RETRY = { initialMs: 100, maxMs: 5_000 };

/** The membership of a consumer: joins, rejoins and subscribes anew behind the back of who polls. */
export class MemberLink {
  readonly #db: Database;
  readonly #settings: GroupSettings;
  /** Called whenever there is something to look at. */
  readonly #onChange: () => void;
  #wanted: Subscription | undefined;
  #subscribed: Subscription | undefined;
  #membership: Membership | undefined;
  #stopHearing: (() => void) | undefined;
  #underWay: Promise<void> | undefined;
  #failure: unknown;
  #failures = 0;
  #retryAt = 0;

  constructor(db: Database, settings: GroupSettings, onChange: () => void) {
    this.#db = db;
    this.#settings = settings;
    this.#onChange = onChange;
  }

  /** What it subscribes to from the next look on; undefined before, and after leaving. */
  get subscription(): Subscription | undefined {
    return this.#wanted;
  }

  subscribe(subscription: Subscription): void {
    this.#wanted = subscription;
  }

  /** As it was joined last, whatever has become of it. */
  get membership(): Membership | undefined {
    return this.#membership;
  }

  /** How long until something is to be tried again, in milliseconds. */
  get waitMs(): number {
    if (this.#underWay || !this.#isBehind) return Infinity;
    return Math.max(this.#retryAt - performance.now(), 0);
  }

  /**
   * Sees to it that there is a membership with what is subscribed to; resolves or fails behind the back of the caller,
   * who is told by `onChange`.
   *
   * @throws what went wrong: until it has gone well where it may pass, once otherwise
   */
  maintain(): void {
    const failure = this.#failure;
    if (!this.#underWay && performance.now() >= this.#retryAt) this.#attempt();
    if (failure === undefined) return;
    if (!isPassing(failure)) this.#failure = undefined;
    throw failure;
  }

  /** The time between two polls was exceeded: its partitions go to others. */
  async expire(): Promise<void> {
    await this.#membership?.expire();
  }

  /** Leaves the group, once what is under way has ended. */
  async leave(): Promise<void> {
    this.#wanted = undefined;
    await this.#underWay;
    this.#stopHearing?.();
    const membership = this.#membership;
    this.#membership = undefined;
    this.#subscribed = undefined;
    this.#failure = undefined;
    this.#failures = 0;
    this.#retryAt = 0;
    await membership?.leave();
  }

  /** Whether it is not, or not as it is wanted, a member. */
  get #isBehind(): boolean {
    const isMember = this.#membership?.state === 'member';
    const isWanted = this.#wanted !== undefined;
    return isWanted && !(isMember && this.#wanted === this.#subscribed);
  }

  #attempt(): void {
    const wanted = this.#wanted;
    const membership = this.#membership;
    if (!wanted) return;
    if (!membership) this.#begin(wanted, () => this.#join(wanted));
    else if (membership.state === 'lost')
      this.#begin(wanted, () => this.#rejoin(membership, wanted));
    else if (wanted !== this.#subscribed)
      this.#begin(wanted, () => membership.resubscribe(wanted));
  }

  #begin(wanted: Subscription, act: () => Promise<void>): void {
    this.#underWay = this.#run(wanted, act);
  }

  async #run(wanted: Subscription, act: () => Promise<void>): Promise<void> {
    try {
      await act();
      this.#subscribed = wanted;
      this.#failure = undefined;
      this.#failures = 0;
    } catch (error) {
      this.#failure = error;
      this.#failures += 1;
      this.#retryAt = performance.now() + backoffMs(RETRY, this.#failures);
    }
    this.#underWay = undefined;
    this.#onChange();
  }

  async #join(wanted: Subscription): Promise<void> {
    const { group, maxPollIntervalMs, member } = this.#settings;
    const options = { ...member, ...wanted, group, maxPollIntervalMs };
    this.#membership = await Membership.join(this.#db, options);
    this.#stopHearing = this.#membership.onChange(this.#onChange);
  }

  async #rejoin(membership: Membership, wanted: Subscription): Promise<void> {
    await membership.rejoin();
    if (wanted !== this.#subscribed) await membership.resubscribe(wanted);
  }
}
