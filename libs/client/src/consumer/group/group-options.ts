import { PostamtError } from '#kernel';
import type { Assignor } from '#groups';

/** What there is to say of a consumer's group. Names and defaults are Kafka's. */
export interface GroupOptions {
  /** The group that it belongs to (`group.id`). Without one it can neither subscribe nor commit. */
  readonly group?: string;
  /**
   * The name of a static member (`group.instance.id`): who comes back under it within its session time-out gets its
   * partitions back, and nothing moves meanwhile.
   */
  readonly groupInstanceId?: string;
  /** A word of its own, for who looks at the group (`client.id`); `postamt` by default. */
  readonly clientId?: string;
  /** How partitions are given out; the sticky one by default (`group.remote.assignor`). */
  readonly assignor?: Assignor;
  /** How long the process may be out of reach before its partitions go to others; 45,000 ms by default (`session.timeout.ms`). */
  readonly sessionTimeoutMs?: number;
  /** How often the process says that it is there; 5,000 ms by default (`heartbeat.interval.ms`). */
  readonly heartbeatIntervalMs?: number;
  /**
   * The longest time between two polls; 300,000 ms by default (`max.poll.interval.ms`). Whoever takes longer loses its
   * partitions to others, and joins anew with its next poll.
   */
  readonly maxPollIntervalMs?: number;
  /**
   * Whether what earlier polls gave is committed with a later one, on close and when a partition goes; true by default
   * (`enable.auto.commit`).
   */
  readonly enableAutoCommit?: boolean;
  /** How often; 5,000 ms by default (`auto.commit.interval.ms`). */
  readonly autoCommitIntervalMs?: number;
}

/** A consumer's group, with nothing left out that has a default here. */
export interface GroupSettings {
  readonly group: string;
  readonly enableAutoCommit: boolean;
  readonly autoCommitIntervalMs: number;
  readonly maxPollIntervalMs: number;
  readonly groupInstanceId?: string;
  /** What is handed on to the group as it was given. */
  readonly member: Pick<
    GroupOptions,
    | 'groupInstanceId'
    | 'clientId'
    | 'assignor'
    | 'sessionTimeoutMs'
    | 'heartbeatIntervalMs'
  >;
}

const COUNTS = [
  'sessionTimeoutMs',
  'heartbeatIntervalMs',
  'maxPollIntervalMs',
  'autoCommitIntervalMs',
] as const;
const LONGEST_NAME = 249;

/**
 * The group of a consumer; undefined where it has none.
 *
 * @throws PostamtError INVALID_CONFIG naming the option and the value; INVALID_GROUP_ID
 */
export function groupSettings(
  options: GroupOptions,
): GroupSettings | undefined {
  for (const name of COUNTS) requireDuration(name, options[name]);
  const { group, groupInstanceId } = options;
  if (group === undefined) {
    requireNoMember(options);
    return undefined;
  }
  requireName(group);
  const { clientId, assignor, sessionTimeoutMs, heartbeatIntervalMs } = options;
  return {
    group,
    enableAutoCommit: options.enableAutoCommit ?? true,
    autoCommitIntervalMs: options.autoCommitIntervalMs ?? 5_000,
    maxPollIntervalMs: options.maxPollIntervalMs ?? 300_000,
    ...(groupInstanceId !== undefined && { groupInstanceId }),
    member: {
      ...(groupInstanceId !== undefined && { groupInstanceId }),
      ...(clientId !== undefined && { clientId }),
      ...(assignor && { assignor }),
      ...(sessionTimeoutMs !== undefined && { sessionTimeoutMs }),
      ...(heartbeatIntervalMs !== undefined && { heartbeatIntervalMs }),
    },
  };
}

/** As Kafka: who asks for what only a group has meant to give one. */
function requireNoMember(options: GroupOptions): void {
  const { groupInstanceId, enableAutoCommit } = options;
  const asked =
    groupInstanceId !== undefined
      ? `groupInstanceId is ${JSON.stringify(groupInstanceId)}`
      : enableAutoCommit && 'enableAutoCommit is true';
  if (!asked) return;
  throw new PostamtError(
    'INVALID_CONFIG',
    `${asked}, and there is no group: give the consumer a group`,
  );
}

function requireName(group: string): void {
  if (group.length > 0 && group.length <= LONGEST_NAME) return;
  throw new PostamtError(
    'INVALID_GROUP_ID',
    `${JSON.stringify(group)} is no name for a group: give 1 to ${LONGEST_NAME} characters`,
  );
}

function requireDuration(name: string, value: number | undefined): void {
  if (value === undefined) return;
  if (Number.isInteger(value) && value > 0 && value < 2 ** 31) return;
  throw new PostamtError(
    'INVALID_CONFIG',
    `${name} is ${value}: give milliseconds, a whole number from 1 to 2147483647`,
  );
}
