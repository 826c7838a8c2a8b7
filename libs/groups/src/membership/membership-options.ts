import { PostamtError } from '#kernel';
import type { Assignor } from '../assignors/assignor.js';
import { stickyAssignor } from '../assignors/sticky-assignor.js';
import { requireGroupName } from '../group-name.js';

/** What a member reads: topics by name, which need not be there yet, or all whose name a pattern finds. */
export interface Subscription {
  readonly topics?: readonly string[];
  /** Tested against each name, as `RegExp.test` does: write `^` and `$` for the whole name. */
  readonly pattern?: RegExp;
}

/** Who becomes a member of which group, and how. Names and defaults are Kafka's. */
export interface MembershipOptions extends Subscription {
  readonly group: string;
  /** Who gets which partition; {@link stickyAssignor} by default. The members' majority decides. */
  readonly assignor?: Assignor;
  /** Makes a static member: one that is away for less than `sessionTimeoutMs` keeps its partitions (`group.instance.id`). */
  readonly groupInstanceId?: string;
  /** Shown to operators; `postamt` by default (`client.id`). */
  readonly clientId?: string;
  /** A member that was not heard of for so long is fenced; 45,000 ms by default (`session.timeout.ms`). */
  readonly sessionTimeoutMs?: number;
  /** How often its process says that it is there; 5,000 ms by default (`heartbeat.interval.ms`). */
  readonly heartbeatIntervalMs?: number;
  /** How long it may take to give up a partition that another one is to have; 300,000 ms by default (`max.poll.interval.ms`). */
  readonly maxPollIntervalMs?: number;
}

/** The same with nothing left out. */
export interface MembershipSettings extends Required<
  Omit<MembershipOptions, keyof Subscription | 'groupInstanceId'>
> {
  readonly groupInstanceId: string | undefined;
  readonly subscription: Subscription;
}

/**
 * Fills in the defaults.
 *
 * @throws PostamtError INVALID_CONFIG naming the option and the value; INVALID_GROUP_ID
 */
export function membershipSettings(
  options: MembershipOptions,
): MembershipSettings {
  const settings: MembershipSettings = {
    group: options.group,
    assignor: options.assignor ?? stickyAssignor,
    groupInstanceId: options.groupInstanceId,
    clientId: options.clientId ?? 'postamt',
    sessionTimeoutMs: options.sessionTimeoutMs ?? 45_000,
    heartbeatIntervalMs: options.heartbeatIntervalMs ?? 5_000,
    maxPollIntervalMs: options.maxPollIntervalMs ?? 300_000,
    subscription: checkedSubscription(options),
  };
  requireGroupName(settings.group);
  for (const name of [
    'sessionTimeoutMs',
    'heartbeatIntervalMs',
    'maxPollIntervalMs',
  ] as const)
    requireMilliseconds(name, settings[name]);
  if (settings.heartbeatIntervalMs * 2 > settings.sessionTimeoutMs)
    throw new PostamtError(
      'INVALID_CONFIG',
      `heartbeatIntervalMs is ${settings.heartbeatIntervalMs} and sessionTimeoutMs ${settings.sessionTimeoutMs}: give an interval of at most half the time-out`,
    );
  if (settings.groupInstanceId === '')
    throw new PostamtError(
      'INVALID_CONFIG',
      'groupInstanceId is empty: give the static member a name, or leave it out',
    );
  return settings;
}

/** @throws PostamtError INVALID_CONFIG unless it is either topics or a pattern that keeps no state */
export function checkedSubscription({
  topics,
  pattern,
}: Subscription): Subscription {
  if ((topics === undefined) === (pattern === undefined))
    throw new PostamtError(
      'INVALID_CONFIG',
      'a member subscribes either to topics or to a pattern: give one of the two',
    );
  if (pattern === undefined) return { topics: topics ?? [] };
  if (/[gy]/.test(pattern.flags))
    throw new PostamtError(
      'INVALID_CONFIG',
      `the pattern ${String(pattern)} has the flag g or y, with which a RegExp goes on where its last test ended: leave it out`,
    );
  return { pattern };
}

function requireMilliseconds(name: string, value: number): void {
  if (Number.isInteger(value) && value > 0 && value < 2 ** 31) return;
  throw new PostamtError(
    'INVALID_CONFIG',
    `${name} is ${value}: give whole milliseconds from 1 to 2147483647`,
  );
}
