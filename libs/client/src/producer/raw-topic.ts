import { PostamtError } from '#kernel';
import { checkTopicName } from '#log';
import type { TopicConfig } from '#schemas';

/** Turns a key or a value into the bytes of a record; what it throws refuses the call that the record came with. */
export type Serialize<T> = (given: T) => Buffer;

/** A topic without a schema: keys and values are bytes, or what its own serializers make bytes of. */
export interface RawTopic<Key = Buffer, Value = Buffer> {
  readonly name: string;
  /** How many partitions the topic is made with. */
  readonly partitions: number;
  readonly config: TopicConfig;
  readonly keySerializer: Serialize<Key>;
  readonly valueSerializer: Serialize<Value>;
}

/** What a raw topic is made of, beside its name. */
export interface RawTopicOptions<Key, Value> {
  /** How many partitions the topic is made with; 1 where it is left out. */
  readonly partitions?: number;
  /** Settings by Kafka's names. */
  readonly config?: TopicConfig;
  /** Buffers as they are where it is left out. */
  readonly keySerializer?: Serialize<Key>;
  /** Buffers as they are where it is left out. */
  readonly valueSerializer?: Serialize<Value>;
}

/**
 * A topic whose records a producer writes as they are, without a schema: for bytes that somebody else gave a form, as
 * Kafka's `ByteArraySerializer` has it. Null keys and values stay null.
 *
 * @throws PostamtError INVALID_TOPIC_EXCEPTION; partitions and configuration are checked when the topic is created
 *
 * @example
 * const frames = rawTopic('frames', { partitions: 6 });
 * const producer = await Producer.open(db, [frames]);
 * await producer.send(frames, { key: Buffer.from('camera-7'), value: frame });
 *
 * const texts = rawTopic('texts', { valueSerializer: (text: string) => Buffer.from(text) });
 */
export function rawTopic<Key = Buffer, Value = Buffer>(
  name: string,
  options: RawTopicOptions<Key, Value> = {},
): RawTopic<Key, Value> {
  const { partitions = 1, config = {} } = options;
  checkTopicName(name);
  return Object.freeze({
    name,
    partitions,
    config: Object.freeze({ ...config }),
    keySerializer: options.keySerializer ?? asBytes(`a key of topic ${name}`),
    valueSerializer:
      options.valueSerializer ?? asBytes(`a value of topic ${name}`),
  });
}

function asBytes(what: string): Serialize<unknown> {
  return (given) => {
    if (Buffer.isBuffer(given)) return given;
    throw new PostamtError(
      'INVALID_VALUE',
      `${what} is a ${typeof given}: give a Buffer or null, or the topic a serializer`,
    );
  };
}
