import type { AvroCodec } from './avro-codec.js';
import type { AvroSchema } from './avro-schema.js';
import type { KeyCodec } from './key-codec.js';

/** A topic's settings by Kafka's names (`retention.ms`, `cleanup.policy`); the log lib knows which there are. */
export type TopicConfig = Readonly<Record<string, string | number>>;

/**
 * What `defineTopic` gives: a topic's name and settings, and the types and codecs of its records. Nothing in it depends
 * on a database. Any topic is a `TopicDefinition` without arguments.
 */
export interface TopicDefinition<
  Key = unknown,
  Value = unknown,
  ValueInput = unknown,
> {
  readonly name: string;
  /** How many partitions the topic is made with. */
  readonly partitions: number;
  readonly config: TopicConfig;
  /** The schema as it was given. */
  readonly valueSchema: AvroSchema;
  readonly keyCodec: KeyCodec<Key>;
  readonly valueCodec: AvroCodec<Value, ValueInput>;
}

/**
 * The keys of a topic (a record may also have none: null).
 *
 * @example
 * type Key = TopicKey<typeof incidents>; // string
 */
export type TopicKey<Topic extends TopicDefinition> =
  Topic extends TopicDefinition<infer Key> ? Key : never;

/**
 * What a listener of a topic is given.
 *
 * @example
 * type IncidentChanged = TopicValue<typeof incidents>;
 */
export type TopicValue<Topic extends TopicDefinition> =
  Topic extends TopicDefinition<unknown, infer Value> ? Value : never;

/**
 * What may be published to a topic: fields with a default may be left out.
 *
 * @example
 * function accepted(id: string): TopicInput<typeof incidents> { … }
 */
export type TopicInput<Topic extends TopicDefinition> =
  Topic extends TopicDefinition<unknown, unknown, infer Input> ? Input : never;
