import type { HeaderValues } from '#records';

/** A record to be produced. */
export interface ProducerRecord<Key = unknown, Value = unknown> {
  /** Records of one key go to one partition and keep their order; null or nothing = any partition. */
  readonly key?: Key | null;
  /** Checked against the topic's schema; null = a tombstone. */
  readonly value: Value | null;
  /** The partition's index, where the key is not to choose it. */
  readonly partition?: number;
  /** When it happened, in milliseconds since 1970; now by default. */
  readonly timestamp?: number;
  readonly headers?: HeaderValues;
}

/** Where a produced record stands. */
export interface RecordMetadata {
  readonly topic: string;
  readonly partition: number;
  readonly offset: bigint;
  /** In milliseconds since 1970. */
  readonly timestamp: number;
}
