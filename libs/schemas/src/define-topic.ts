import { PostamtError } from '#kernel';
import { checkTopicName } from '#log';
import { AvroCodec } from './avro-codec.js';
import type { AvroSchema } from './avro-schema.js';
import type { InferAvro, InferAvroInput } from './infer-avro.js';
import { KEY_KINDS, KeyCodec, type KeyKind, type KeyOf } from './key-codec.js';
import { withSchemaOf } from './schema-fault.js';
import { showValue } from './show-value.js';
import type { TopicConfig, TopicDefinition } from './topic-definition.js';

const MOST_PARTITIONS = 0x7fff_ffff;

/** What a topic is made of, beside its name. */
export interface TopicOptions<Schema extends AvroSchema, Kind extends KeyKind> {
  /** The Avro schema of the values. */
  readonly value: Schema;
  /** What keys are; `string` where it is left out. */
  readonly key?: Kind;
  /** How many partitions the topic is made with; 1 where it is left out. */
  readonly partitions?: number;
  /** Settings by Kafka's names. */
  readonly config?: TopicConfig;
}

/**
 * Defines a topic: its name, its number of partitions, and the types of its keys and values. It touches no database;
 * whatever is wrong is thrown here, when the module that defines it is loaded: INVALID_TOPIC_EXCEPTION,
 * INVALID_PARTITIONS, INVALID_CONFIG, INVALID_SCHEMA.
 *
 * @example
 * export const incidents = defineTopic('incidents', {
 *   partitions: 6,
 *   value: {
 *     type: 'record',
 *     name: 'IncidentChanged',
 *     fields: [
 *       { name: 'status', type: 'string' },
 *       { name: 'assignee', type: ['null', 'string'], default: null },
 *     ],
 *   },
 * });
 * type IncidentChanged = TopicValue<typeof incidents>; // { status: string; assignee: string | null }
 */
export function defineTopic<
  const Schema extends AvroSchema,
  const Kind extends KeyKind = 'string',
>(
  name: string,
  options: TopicOptions<Schema, Kind>,
): TopicDefinition<KeyOf<Kind>, InferAvro<Schema>, InferAvroInput<Schema>> {
  const { partitions = 1, key = 'string', config = {}, value } = options;
  checkTopicName(name);
  assertPartitions(name, partitions);
  assertConfig(name, key, config);
  return Object.freeze({
    name,
    partitions,
    config: Object.freeze({ ...config }),
    valueSchema: value,
    keyCodec: new KeyCodec<KeyOf<Kind>>(key),
    valueCodec: withSchemaOf(`Topic ${name}`, () => AvroCodec.of(value)),
  });
}

function assertPartitions(name: string, partitions: number): void {
  if (
    Number.isInteger(partitions) &&
    partitions >= 1 &&
    partitions <= MOST_PARTITIONS
  )
    return;
  throw new PostamtError(
    'INVALID_PARTITIONS',
    `Topic ${name} cannot have ${showValue(partitions)} partitions: a whole number of at least 1 is needed.`,
  );
}

function assertConfig(name: string, key: KeyKind, config: TopicConfig): void {
  if (!KEY_KINDS.includes(key)) throw invalidConfig(name, 'key', key);
  for (const [setting, value] of Object.entries(config))
    if (typeof value !== 'string' && !Number.isFinite(value))
      throw invalidConfig(name, setting, value);
}

function invalidConfig(
  name: string,
  setting: string,
  value: unknown,
): PostamtError {
  const allowed =
    setting === 'key' ? KEY_KINDS.join(' or ') : 'a string or a finite number';
  return new PostamtError(
    'INVALID_CONFIG',
    `Topic ${name} has ${setting} ${showValue(value)}, expected ${allowed}.`,
  );
}
