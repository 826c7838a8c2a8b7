import { PostamtError } from '#kernel';
import type { ConfigEntries, TopicConfig } from './topic-config.js';

/** A partition of a topic, as the catalogue has it. */
export interface Partition {
  /** Unique in the database: what leaves, locks and committed offsets bear. */
  readonly id: number;
  /** Its place in the topic, from 0: what users and Kafka's bytes see. */
  readonly index: number;
  readonly leaderEpoch: number;
}

/** A topic, as the catalogue has it, with the leaf that is written now. */
export interface Topic {
  readonly number: number;
  /** The UUID that tells it from another topic of that name. */
  readonly id: string;
  readonly name: string;
  readonly config: TopicConfig;
  /** What of it the topic says itself, under Kafka's names; the rest is the installation's default. */
  readonly overrides: ConfigEntries;
  /** In the order of their indexes. */
  readonly partitions: readonly Partition[];
  readonly segmentNumber: number;
  /** The table of the active segment, without the schema. */
  readonly leaf: string;
}

/**
 * The partition at `index`.
 *
 * @throws PostamtError UNKNOWN_TOPIC_OR_PARTITION
 */
export function partitionOf(topic: Topic, index: number): Partition {
  const partition = topic.partitions[index];
  if (partition) return partition;
  throw new PostamtError(
    'UNKNOWN_TOPIC_OR_PARTITION',
    `topic ${topic.name} has no partition ${index}: it has ${topic.partitions.length}, counted from 0`,
  );
}

/** The key under which waiters hear that topics, or partitions of them, came or went. */
export const TOPICS_WAKE_UP = 'topics';

/** The key under which waiters hear that a partition has something new. */
export function partitionWakeUp(partitionId: number): string {
  return `p${partitionId}`;
}
