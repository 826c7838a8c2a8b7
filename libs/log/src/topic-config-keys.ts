import { PostamtError } from '#kernel';
import { TIMESTAMP_TYPES } from '#records';

export const CLEANUP_POLICIES = ['delete', 'compact'] as const;

export const TOPIC_COMPRESSIONS = [
  'producer',
  'uncompressed',
  'gzip',
  'snappy',
  'lz4',
  'zstd',
] as const;

export const CONSUMER_VISIBILITIES = ['committed', 'replicated'] as const;

export type ConfigValue = number | string | readonly string[];

/** How one setting is called in TypeScript, what it is when nothing is said, and how what is said is read. */
export interface ConfigRule {
  readonly name: string;
  readonly initial: ConfigValue;
  readonly read: (key: string, given: unknown) => ConfigValue;
}

const DAY_MS = 86_400_000;
const GREATEST_INT = 2 ** 31 - 1;
const GREATEST = Number.MAX_SAFE_INTEGER;
/** Below this a leaf would be sealed after a batch or two; Kafka allows 1 MiB from version 4 on. */
const SMALLEST_SEGMENT = 1_048_576;

/** Every setting of a topic, under Kafka's names; `retention.topic.bytes` and `consumer.visibility` are ours. */
export const CONFIG_KEYS = {
  'cleanup.policy': {
    name: 'cleanupPolicy',
    initial: ['delete'],
    read: setOf(CLEANUP_POLICIES),
  },
  'compression.type': {
    name: 'compressionType',
    initial: 'producer',
    read: oneOf(TOPIC_COMPRESSIONS),
  },
  'consumer.visibility': {
    name: 'consumerVisibility',
    initial: 'committed',
    read: oneOf(CONSUMER_VISIBILITIES),
  },
  'delete.retention.ms': {
    name: 'deleteRetentionMs',
    initial: DAY_MS,
    read: wholeFrom(0, GREATEST),
  },
  'max.message.bytes': {
    name: 'maxMessageBytes',
    initial: 1_048_588,
    read: wholeFrom(62, 2 ** 30 - 1),
  },
  'message.timestamp.after.max.ms': {
    name: 'messageTimestampAfterMaxMs',
    initial: 3_600_000,
    read: wholeFrom(0, GREATEST),
  },
  'message.timestamp.before.max.ms': {
    name: 'messageTimestampBeforeMaxMs',
    initial: GREATEST,
    read: wholeFrom(0, GREATEST),
  },
  'message.timestamp.type': {
    name: 'messageTimestampType',
    initial: 'CreateTime',
    read: oneOf(TIMESTAMP_TYPES),
  },
  'min.cleanable.dirty.ratio': {
    name: 'minCleanableDirtyRatio',
    initial: 0.5,
    read: shareOfOne,
  },
  'min.compaction.lag.ms': {
    name: 'minCompactionLagMs',
    initial: 0,
    read: wholeFrom(0, GREATEST),
  },
  'min.insync.replicas': {
    name: 'minInsyncReplicas',
    initial: 1,
    read: wholeFrom(1, GREATEST_INT),
  },
  'retention.bytes': {
    name: 'retentionBytes',
    initial: -1,
    read: wholeFrom(-1, GREATEST),
  },
  'retention.ms': {
    name: 'retentionMs',
    initial: 7 * DAY_MS,
    read: wholeFrom(-1, GREATEST),
  },
  'retention.topic.bytes': {
    name: 'retentionTopicBytes',
    initial: -1,
    read: wholeFrom(-1, GREATEST),
  },
  'segment.bytes': {
    name: 'segmentBytes',
    initial: 1_073_741_824,
    read: wholeFrom(SMALLEST_SEGMENT, GREATEST_INT),
  },
  'segment.ms': {
    name: 'segmentMs',
    initial: 7 * DAY_MS,
    read: wholeFrom(1, GREATEST),
  },
} as const satisfies Record<string, ConfigRule>;

export type ConfigKey = keyof typeof CONFIG_KEYS;

function wholeFrom(least: number, greatest: number) {
  return (key: string, given: unknown): number => {
    const value = numberOf(given);
    if (Number.isSafeInteger(value) && value >= least && value <= greatest)
      return value;
    throw unusable(key, given, `a whole number from ${least} to ${greatest}`);
  };
}

function shareOfOne(key: string, given: unknown): number {
  const value = numberOf(given);
  if (value >= 0 && value <= 1) return value;
  throw unusable(key, given, 'a number from 0 to 1');
}

function oneOf(values: readonly string[]) {
  return (key: string, given: unknown): string => {
    if (typeof given === 'string' && values.includes(given)) return given;
    throw unusable(key, given, `one of ${values.join(', ')}`);
  };
}

function setOf(values: readonly string[]) {
  return (key: string, given: unknown): readonly string[] => {
    const parts = Array.isArray(given) ? given : String(given).split(',');
    const chosen = new Set(parts.map((part) => String(part).trim()));
    const known = [...chosen].every((part) => values.includes(part));
    if (known) return values.filter((value) => chosen.has(value));
    throw unusable(key, given, `of ${values.join(', ')}, one or both`);
  };
}

/** Numbers may come as text: from a command line, or from a configuration file. */
function numberOf(given: unknown): number {
  if (typeof given === 'number') return given;
  const isText = typeof given === 'string' && /^-?\d+(\.\d+)?$/.test(given);
  return isText ? Number(given) : NaN;
}

function unusable(key: string, given: unknown, usable: string): PostamtError {
  return new PostamtError(
    'INVALID_CONFIG',
    `${key} is ${JSON.stringify(given) ?? String(given)}: give ${usable}`,
  );
}
