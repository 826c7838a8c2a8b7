import { PostamtError } from '#kernel';
import type { StaticMember } from '#groups';
import type { TopicDefinition } from '#schemas';
import type { BatchContext, RecordContext } from './record-context.js';

/** Handles one record. When it throws, the record is handled again, after a growing wait. Null = a tombstone. */
export type RecordHandler<DB, Key, Value> = (
  value: Value | null,
  record: RecordContext<DB, Key>,
) => Promise<void> | void;

/**
 * Handles the records of one transaction at once: all of one partition, in their order. When it throws, the first of them
 * is handled again alone, and then the others together, until the one that fails stands alone.
 */
export type BatchHandler<DB, Key, Value> = (
  values: readonly (Value | null)[],
  batch: BatchContext<DB, Key>,
) => Promise<void> | void;

/** Where a group starts that has committed nothing, or whose offset is out of range (`auto.offset.reset`). */
export const OFFSET_RESETS = ['earliest', 'latest', 'none'] as const;
export type OffsetReset = (typeof OFFSET_RESETS)[number];

/** What there is to say of a listener, beside its handler. */
export interface ListenerBase<Key, Value> {
  readonly topic: TopicDefinition<Key, Value>;
  readonly group: string;
  /**
   * True (the default): the handler's effects and the offset are committed in one transaction, so that each record has
   * its effects exactly once. False: the offset is committed after the handler, so that a record may be handled again.
   */
  readonly transactional?: boolean;
  /** Which of the group's members this is; the only one by default. */
  readonly member?: StaticMember;
  /** `earliest` by default, since what was published before a listener first ran is meant for it too. */
  readonly autoOffsetReset?: OffsetReset;
  /** The most records in one transaction; 500 by default (`max.poll.records`). */
  readonly maxPollRecords?: number;
  /** About how much is read of a partition at once, in bytes; 1 MiB by default (`max.partition.fetch.bytes`). */
  readonly maxPartitionFetchBytes?: number;
  /** How long a handler may leave its transaction idle between two statements, in milliseconds; 5 minutes by default. */
  readonly transactionIdleTimeoutMs?: number;
  /** How often an idle listener looks although nothing woke it, in milliseconds; 30,000 by default. */
  readonly pollIntervalMs?: number;
}

/** A listener that is given one record after the other. */
export interface ListenerOptions<DB, Key, Value> extends ListenerBase<
  Key,
  Value
> {
  readonly handler: RecordHandler<DB, Key, Value>;
}

/** A listener that is given all records of a transaction at once. */
export interface BatchListenerOptions<DB, Key, Value> extends ListenerBase<
  Key,
  Value
> {
  readonly batchHandler: BatchHandler<DB, Key, Value>;
}

/** A listener's options with nothing left out. */
export type ListenerSettings<DB, Key, Value> = Required<
  ListenerBase<Key, Value>
> &
  (ListenerOptions<DB, Key, Value> | BatchListenerOptions<DB, Key, Value>);

/**
 * Fills in the defaults.
 *
 * @throws PostamtError INVALID_CONFIG naming the option and the value
 */
export function listenerSettings<DB, Key, Value>(
  options:
    ListenerOptions<DB, Key, Value> | BatchListenerOptions<DB, Key, Value>,
): ListenerSettings<DB, Key, Value> {
  const settings = { ...DEFAULTS, ...options };
  for (const name of [
    'maxPollRecords',
    'maxPartitionFetchBytes',
    'transactionIdleTimeoutMs',
    'pollIntervalMs',
  ] as const) {
    const value = settings[name];
    if (Number.isInteger(value) && value > 0 && value < 2 ** 31) continue;
    throw new PostamtError(
      'INVALID_CONFIG',
      `${name} is ${value}: give a whole number from 1 to 2147483647`,
    );
  }
  if (OFFSET_RESETS.includes(settings.autoOffsetReset)) return settings;
  throw new PostamtError(
    'INVALID_CONFIG',
    `autoOffsetReset is ${JSON.stringify(settings.autoOffsetReset)}: give ${OFFSET_RESETS.join(', ')}`,
  );
}

const DEFAULTS = {
  transactional: true,
  member: { index: 0, count: 1 },
  autoOffsetReset: 'earliest',
  maxPollRecords: 500,
  maxPartitionFetchBytes: 1_048_576,
  transactionIdleTimeoutMs: 300_000,
  pollIntervalMs: 30_000,
} as const;
