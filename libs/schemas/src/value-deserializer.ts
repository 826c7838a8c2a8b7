import { AvroCodec, type PayloadDecoder } from './avro-codec.js';
import { withSchemaOf } from './schema-fault.js';
import type { TopicDefinition } from './topic-definition.js';
import { readSchemaId, WIRE_PREFIX_BYTES } from './wire-prefix.js';

/** The schema that a writer used, by its id: a codec, or the text a registry keeps. Throws when there is none. */
export type SchemaLookup = (schemaId: number) => AvroCodec | string;

/**
 * Turns the bytes of one topic's records into its keys and values, whichever version of the schema they were written
 * with. It does no I/O: who has the registry asks {@link needs} first, fetches, and looks up in what it fetched. What a
 * schema id means never changes, so each is looked up and resolved once.
 *
 * @example
 * const missing = deserializer.needs(record.value);
 * if (missing !== undefined) texts.set(missing, await registry.schemaText(missing));
 * const change = deserializer.deserialize(record.value, (id) => texts.get(id)!);
 */
export class ValueDeserializer<Key, Value> {
  readonly #topic: TopicDefinition<Key, Value>;
  readonly #context: { readonly topic: string };
  readonly #decoders = new Map<number, PayloadDecoder<Value>>();
  /** Almost always the next record's too. */
  #lastId: number | undefined;
  #last: PayloadDecoder<Value> | undefined;

  constructor(topic: TopicDefinition<Key, Value>) {
    this.#topic = topic;
    this.#context = { topic: topic.name };
  }

  /** The id of the writer's schema where it has not been looked up yet. Throws INVALID_RECORD without a wire prefix. */
  needs(bytes: Buffer): number | undefined {
    const schemaId = readSchemaId(bytes);
    return this.#decoders.has(schemaId) ? undefined : schemaId;
  }

  /**
   * A record's value. Throws INVALID_RECORD for bytes that are not what they say, SCHEMA_MISMATCH for a writer's schema
   * that this topic's cannot read, INVALID_SCHEMA for one that is none, and what the look-up throws.
   */
  deserialize(bytes: Buffer, lookup: SchemaLookup): Value {
    const schemaId = readSchemaId(bytes);
    if (schemaId !== this.#lastId) {
      this.#last =
        this.#decoders.get(schemaId) ?? this.#learn(schemaId, lookup(schemaId));
      this.#lastId = schemaId;
    }
    return (this.#last as PayloadDecoder<Value>)(
      bytes,
      WIRE_PREFIX_BYTES,
      this.#context,
    );
  }

  /** A record's key; null stays null. */
  deserializeKey(bytes: Buffer | null): Key | null {
    return this.#topic.keyCodec.decode(bytes);
  }

  #learn(schemaId: number, schema: AvroCodec | string): PayloadDecoder<Value> {
    const decoder = this.#decoderOf(schemaId, schema);
    this.#decoders.set(schemaId, decoder);
    return decoder;
  }

  /** A version that cannot be read stays so: what stands in for its decoder throws the same each time. */
  #decoderOf(
    schemaId: number,
    schema: AvroCodec | string,
  ): PayloadDecoder<Value> {
    const { name, valueCodec } = this.#topic;
    try {
      return withSchemaOf(`Schema ${schemaId} of topic ${name}`, () =>
        valueCodec.decoderFor(
          typeof schema === 'string' ? AvroCodec.fromText(schema) : schema,
        ),
      );
    } catch (error) {
      return () => {
        throw error;
      };
    }
  }
}
