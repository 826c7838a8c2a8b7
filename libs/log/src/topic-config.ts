import { PostamtError } from '#kernel';
import type { TimestampType } from '#records';
import {
  CONFIG_KEYS,
  type CLEANUP_POLICIES,
  type ConfigKey,
  type ConfigValue,
  type CONSUMER_VISIBILITIES,
  type TOPIC_COMPRESSIONS,
} from './topic-config-keys.js';

export type CleanupPolicy = (typeof CLEANUP_POLICIES)[number];
export type TopicCompression = (typeof TOPIC_COMPRESSIONS)[number];
export type ConsumerVisibility = (typeof CONSUMER_VISIBILITIES)[number];

/**
 * A topic's configuration, under Kafka's names in camel case. Times in milliseconds, sizes in bytes; -1 = no limit where
 * Kafka has it so. What is not said is the default (Kafka docs, Topic Configs).
 */
export interface TopicConfig {
  /** `cleanup.policy`: `delete` by default; `compact,delete` = both. */
  readonly cleanupPolicy: readonly CleanupPolicy[];
  /** `compression.type`: how batches are stored; `producer` (as they come) by default. */
  readonly compressionType: TopicCompression;
  /** `consumer.visibility`, ours: `replicated` holds readers to what `min.insync.replicas` replicas have flushed. */
  readonly consumerVisibility: ConsumerVisibility;
  /** `delete.retention.ms`: how long a tombstone stays after compaction first met it; a day by default. */
  readonly deleteRetentionMs: number;
  /** `max.message.bytes`: the largest record batch as stored; 1,048,588 by default. */
  readonly maxMessageBytes: number;
  /** `message.timestamp.after.max.ms`: how far ahead of the clock a record may be; an hour by default. */
  readonly messageTimestampAfterMaxMs: number;
  /** `message.timestamp.before.max.ms`: how far behind the clock a record may be; no limit by default. */
  readonly messageTimestampBeforeMaxMs: number;
  /** `message.timestamp.type`: the producer's time, or that of the append; `CreateTime` by default. */
  readonly messageTimestampType: TimestampType;
  /** `min.cleanable.dirty.ratio`: compact once this share of the sealed bytes is new; 0.5 by default. */
  readonly minCleanableDirtyRatio: number;
  /** `min.compaction.lag.ms`: a record younger than this is not compacted away; 0 by default. */
  readonly minCompactionLagMs: number;
  /** `min.insync.replicas`: what `acks=all` needs, this server among them; 1 by default. */
  readonly minInsyncReplicas: number;
  /** `retention.bytes` of each partition; no limit by default. */
  readonly retentionBytes: number;
  /** `retention.ms`; seven days by default. */
  readonly retentionMs: number;
  /** `retention.topic.bytes`, ours: the most that the sealed segments of the topic take on disk; no limit by default. */
  readonly retentionTopicBytes: number;
  /** `segment.bytes`: the active leaf is sealed when it is larger; 1 GiB by default. A leaf holds all partitions. */
  readonly segmentBytes: number;
  /** `segment.ms`: the active leaf is sealed when it is older; seven days by default. */
  readonly segmentMs: number;
}

/** Configuration entries as a user writes them: under Kafka's names. */
export type ConfigEntries = Readonly<Record<string, unknown>>;

/**
 * Reads a configuration as a user wrote it or as the catalogue keeps it.
 *
 * @throws PostamtError INVALID_CONFIG naming the key or the value
 */
export function topicConfig(entries: ConfigEntries = {}): TopicConfig {
  for (const key of Object.keys(entries)) requireKey(key);
  const values: Record<string, ConfigValue> = {};
  for (const [key, { name, read, initial }] of Object.entries(CONFIG_KEYS)) {
    const given = entries[key];
    values[name] = given === undefined ? initial : read(key, given);
  }
  return values as unknown as TopicConfig;
}

/** A configuration under Kafka's names, defaults included: what {@link topicConfig} reads. */
export function topicConfigEntries(
  config: TopicConfig,
): Record<ConfigKey, string | number> {
  const entries = Object.entries(CONFIG_KEYS).map(([key, { name }]) => {
    const value = config[name as keyof TopicConfig];
    return [key, Array.isArray(value) ? value.join(',') : value];
  });
  return Object.fromEntries(entries) as Record<ConfigKey, string | number>;
}

/** Checks that a topic has a setting of that name. */
export function requireKey(key: string): asserts key is ConfigKey {
  if (Object.hasOwn(CONFIG_KEYS, key)) return;
  throw new PostamtError(
    'INVALID_CONFIG',
    `a topic has no configuration ${JSON.stringify(key)}; known: ${Object.keys(CONFIG_KEYS).join(', ')}`,
  );
}
