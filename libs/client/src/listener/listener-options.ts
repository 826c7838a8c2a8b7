import { PostamtError } from '#kernel';
import type { Assignor } from '#groups';
import type { TopicDefinition } from '#schemas';
import {
  requireReset,
  type AutoOffsetReset,
} from '../progress/offset-reset.js';
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

/** How records of one partition follow each other: all in their order, or only those of one key. */
export const ORDERINGS = ['partition', 'key'] as const;
export type Ordering = (typeof ORDERINGS)[number];

/** A partition that a listener was given, or has to give back. */
export interface ListenerPartition {
  readonly topic: string;
  /** The partition's index in the topic. */
  readonly partition: number;
}

/** Hears of partitions that come or go. What it throws is logged, and changes nothing. */
export type PartitionsHandler = (
  partitions: readonly ListenerPartition[],
) => Promise<void> | void;

/** How a listener takes part in its group. Names and defaults are Kafka's. */
export interface ListenerMembership {
  /** Makes it a static member (`group.instance.id`): a short absence of it moves nothing. */
  readonly groupInstanceId?: string;
  /** A name for people who look at the group (`client.id`). */
  readonly clientId?: string;
  /** Who is to have which partitions; the sticky one by default (`partition.assignment.strategy`). */
  readonly assignor?: Assignor;
  /** After so long without a sign of it its partitions go to others, in milliseconds; 45,000 by default. */
  readonly sessionTimeoutMs?: number;
  /** How often it says that it is there, in milliseconds; 5,000 by default. */
  readonly heartbeatIntervalMs?: number;
  /**
   * How long one call of the handler may take, in milliseconds; 300,000 by default. Then its partitions go to others and
   * its transaction is ended; it joins the group again once the handler has returned.
   */
  readonly maxPollIntervalMs?: number;
  /** Called with partitions that it was given, before any record of them is handled; awaited. */
  readonly onPartitionsAssigned?: PartitionsHandler;
  /** Called with partitions that it gives up, behind its last commit of them and before anybody else has them; awaited. */
  readonly onPartitionsRevoked?: PartitionsHandler;
  /** Called with partitions that were taken from it: others may have them already. */
  readonly onPartitionsLost?: PartitionsHandler;
}

/** What there is to say of a listener, beside its handler. */
export interface ListenerBase<Key, Value> extends ListenerMembership {
  readonly topic: TopicDefinition<Key, Value>;
  readonly group: string;
  /**
   * True (the default): the handler's effects and the offset are committed in one transaction, so that each record has
   * its effects exactly once. False: the offset is committed after the handler, so that a record may be handled again.
   */
  readonly transactional?: boolean;
  /** How many calls of the handler may be under way at once; 1 by default. A partition has one at a time. */
  readonly concurrency?: number;
  /**
   * `partition` (the default): one call at a time for each partition. `key`: records of one key in their order, others
   * of the same partition beside them, up to `concurrency`; the offset is committed up to the first record that is not
   * done. Records without a key have no order. Only where `transactional` is false, and with `handler`.
   */
  readonly ordering?: Ordering;
  /** `earliest` by default, since what was published before a listener first ran is meant for it too. */
  readonly autoOffsetReset?: AutoOffsetReset;
  /**
   * The most records in one transaction or batch; 500 by default (`max.poll.records`). With `ordering: 'key'` so many
   * of a partition may be beyond the first that is not done.
   */
  readonly maxPollRecords?: number;
  /** About how much is held of all partitions that was read ahead, in bytes; 50 MiB by default (`fetch.max.bytes`). */
  readonly fetchMaxBytes?: number;
  /**
   * About how much is read of a partition at once, in bytes; 1 MiB by default (`max.partition.fetch.bytes`). Less than
   * twice as much of it is held.
   */
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

/** A listener's options with nothing left out, but for what is the membership's and what is absent on purpose. */
export type ListenerSettings<DB, Key, Value> = ListenerMembership &
  Required<Omit<ListenerBase<Key, Value>, keyof ListenerMembership>> & {
    readonly maxPollIntervalMs: number;
    readonly handler?: RecordHandler<DB, Key, Value>;
    readonly batchHandler?: BatchHandler<DB, Key, Value>;
  };

const DEFAULTS = {
  transactional: true,
  concurrency: 1,
  ordering: 'partition',
  autoOffsetReset: 'earliest',
  maxPollRecords: 500,
  fetchMaxBytes: 52_428_800,
  maxPartitionFetchBytes: 1_048_576,
  transactionIdleTimeoutMs: 300_000,
  pollIntervalMs: 30_000,
  maxPollIntervalMs: 300_000,
} as const;

const COUNTS = [
  'concurrency',
  'maxPollRecords',
  'fetchMaxBytes',
  'maxPartitionFetchBytes',
  'transactionIdleTimeoutMs',
  'pollIntervalMs',
  'maxPollIntervalMs',
] as const;

/**
 * Fills in the defaults.
 *
 * @throws PostamtError INVALID_CONFIG naming the option and the value; NOT_SUPPORTED where options do not go together
 */
export function listenerSettings<DB, Key, Value>(
  options:
    ListenerOptions<DB, Key, Value> | BatchListenerOptions<DB, Key, Value>,
): ListenerSettings<DB, Key, Value> {
  const settings = { ...DEFAULTS, ...options };
  for (const name of COUNTS) requireCount(name, settings[name]);
  requireChoice('ordering', settings.ordering, ORDERINGS);
  requireReset(settings.autoOffsetReset);
  if (settings.ordering === 'key') requireKeyOrdering(settings);
  return settings;
}

function requireCount(name: string, value: number): void {
  if (Number.isInteger(value) && value > 0 && value < 2 ** 31) return;
  throw wrong(name, value, 'a whole number from 1 to 2147483647');
}

function requireChoice(
  name: string,
  value: string,
  choices: readonly string[],
): void {
  if (!choices.includes(value)) throw wrong(name, value, choices.join(', '));
}

function requireKeyOrdering(settings: object): void {
  const { transactional } = settings as { transactional: boolean };
  const reason = transactional
    ? 'records of one partition that are handled beside each other cannot share the transaction of its offset; set transactional: false'
    : 'a batch is handled in one call, whatever its keys; give a handler of single records';
  if (!transactional && 'handler' in settings) return;
  throw new PostamtError('NOT_SUPPORTED', `ordering 'key': ${reason}`);
}

function wrong(name: string, value: unknown, give: string): PostamtError {
  return new PostamtError(
    'INVALID_CONFIG',
    `${name} is ${typeof value === 'number' ? value : JSON.stringify(value)}: give ${give}`,
  );
}
