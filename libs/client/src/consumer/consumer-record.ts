import type { RecordHeader } from '#records';
import type { TopicDefinition } from '#schemas';

/** One partition of a topic: the topic by its name, or by its definition. */
export interface TopicPartition {
  readonly topic: string | Pick<TopicDefinition, 'name'>;
  /** The partition's index in the topic. */
  readonly partition: number;
}

/** A partition to be read. Named by its definition, its records come decoded; named by a string, as bytes. */
export interface AssignedPartition {
  readonly topic: string | TopicDefinition;
  /** The partition's index in the topic. */
  readonly partition: number;
}

/** A partition that a consumer has. */
export interface PartitionPlace {
  readonly topic: string;
  /** The partition's index in the topic. */
  readonly partition: number;
}

/** A record as a consumer gives it. */
export interface ConsumerRecord<Key = unknown, Value = unknown> {
  readonly topic: string;
  /** The partition's index in the topic. */
  readonly partition: number;
  readonly offset: bigint;
  /** Milliseconds since 1970. */
  readonly timestamp: number;
  readonly key: Key | null;
  /** Null = a tombstone. */
  readonly value: Value | null;
  readonly headers: readonly RecordHeader[];
  /** The leader epoch under which it was appended. */
  readonly leaderEpoch: number;
}

/** A partition with an offset in it. */
export interface PartitionOffset {
  readonly topic: string;
  readonly partition: number;
  readonly offset: bigint;
}

/** The first record at or after a time; null where there is none. */
export interface OffsetForTime {
  readonly topic: string;
  readonly partition: number;
  readonly offset: bigint | null;
  readonly timestamp: number | null;
}

/** The name of the topic. */
export function topicNameOf({ topic }: TopicPartition): string {
  return typeof topic === 'string' ? topic : topic.name;
}

/** How a partition stands in messages, and what a consumer finds it by. */
export function partitionKey(partition: TopicPartition): string {
  return `${topicNameOf(partition)}-${partition.partition}`;
}

/** Only where a partition is, without what else is known of it. */
export function placeOf(partition: TopicPartition): PartitionPlace {
  return { topic: topicNameOf(partition), partition: partition.partition };
}
