import { PostamtError } from '#kernel';
import {
  requireReset,
  type AutoOffsetReset,
} from '../progress/offset-reset.js';
import {
  groupSettings,
  type GroupOptions,
  type GroupSettings,
} from './group/group-options.js';

/** How a consumer reads. Names and defaults are Kafka's where nothing else is said. */
export interface ConsumerOptions extends GroupOptions {
  /**
   * Where a partition begins that nobody has set to an offset and in which the group has committed none, or whose offset
   * the log does not have (any more): `latest` by default; `{ durationMs }` = at the first record of the last so many
   * milliseconds; `none` = `poll` throws OFFSET_OUT_OF_RANGE (`auto.offset.reset`). Unless it is `none`, a partition of
   * which the log has lost what was read goes back to where both agree, with a warning.
   */
  readonly autoOffsetReset?: AutoOffsetReset;
  /** The most records that one `poll` gives; 500 by default (`max.poll.records`). */
  readonly maxPollRecords?: number;
  /** Wait until there are as many bytes; 1 by default (`fetch.min.bytes`). */
  readonly fetchMinBytes?: number;
  /**
   * The longest wait for `fetchMinBytes`, in milliseconds (`fetch.max.wait.ms`). 500 by default, as in Kafka, where
   * `fetchMinBytes` is above 1; otherwise 30,000, since the first byte ends the wait anyway.
   */
  readonly fetchMaxWaitMs?: number;
  /** About how many bytes are read at once over all partitions; 50 MiB by default (`fetch.max.bytes`). */
  readonly fetchMaxBytes?: number;
  /** About how many bytes are read at once of each partition; 1 MiB by default (`max.partition.fetch.bytes`). */
  readonly maxPartitionFetchBytes?: number;
  /** What to do with a batch whose bytes were damaged: `error` (the default), or `skip` it with a warning. */
  readonly onCorrupt?: 'error' | 'skip';
}

/** How a consumer reads, with nothing left out. */
export type ConsumerSettings = Required<
  Omit<ConsumerOptions, keyof GroupOptions>
> & {
  /** Undefined for a consumer without a group. */
  readonly group: GroupSettings | undefined;
};

const DEFAULTS = {
  autoOffsetReset: 'latest',
  maxPollRecords: 500,
  fetchMinBytes: 1,
  fetchMaxBytes: 52_428_800,
  maxPartitionFetchBytes: 1_048_576,
  onCorrupt: 'error',
} as const;
const PATIENT_WAIT_MS = 30_000;
const KAFKA_WAIT_MS = 500;
const CORRUPT_CHOICES = ['error', 'skip'] as const;
const COUNTS = [
  'maxPollRecords',
  'fetchMinBytes',
  'fetchMaxWaitMs',
  'fetchMaxBytes',
  'maxPartitionFetchBytes',
] as const;

/**
 * Fills in the defaults.
 *
 * @throws PostamtError INVALID_CONFIG naming the option and the value; INVALID_GROUP_ID
 */
export function consumerSettings(options: ConsumerOptions): ConsumerSettings {
  const given = { ...DEFAULTS, ...options };
  const wait = given.fetchMinBytes > 1 ? KAFKA_WAIT_MS : PATIENT_WAIT_MS;
  const settings = { fetchMaxWaitMs: wait, ...given };
  for (const name of COUNTS) requireCount(name, settings[name]);
  requireReset(given.autoOffsetReset);
  requireOneOf('onCorrupt', settings.onCorrupt, CORRUPT_CHOICES);
  return { ...settings, group: groupSettings(options) };
}

function requireCount(name: string, value: number): void {
  if (Number.isInteger(value) && value > 0 && value < 2 ** 31) return;
  throw new PostamtError(
    'INVALID_CONFIG',
    `${name} is ${value}: give a whole number from 1 to 2147483647`,
  );
}

function requireOneOf(
  name: string,
  value: string,
  choices: readonly string[],
): void {
  if (choices.includes(value)) return;
  throw new PostamtError(
    'INVALID_CONFIG',
    `${name} is ${JSON.stringify(value)}: give ${choices.join(', ')}`,
  );
}
