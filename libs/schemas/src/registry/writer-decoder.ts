import { AvroCodec } from '../avro-codec.js';
import type { ValueContext } from '../mismatch.js';
import { withSchemaOf } from '../schema-fault.js';
import { readSchemaId, WIRE_PREFIX_BYTES } from '../wire-prefix.js';
import type { SchemaCache } from './schema-cache.js';

/** A value as its writer meant it. */
export interface WrittenValue {
  /** The id of the schema that it was written with. */
  readonly schemaId: number;
  readonly value: unknown;
}

/**
 * Decodes the values of any topic, each by the schema that it was written with: for tools, which have no definition of
 * the topic to read it with.
 *
 * @example
 * const decoder = new WriterDecoder(new SchemaCache(db));
 * const { schemaId, value } = await decoder.decode(record.value);
 */
export class WriterDecoder {
  readonly #schemas: SchemaCache;
  readonly #codecs = new Map<number, AvroCodec>();

  constructor(schemas: SchemaCache) {
    this.#schemas = schemas;
  }

  /**
   * A record's value.
   *
   * @throws PostamtError INVALID_RECORD for bytes without a wire prefix or that are not what their schema says,
   * UNKNOWN_SCHEMA_ID, INVALID_SCHEMA.
   */
  async decode(
    bytes: Buffer,
    context: ValueContext = {},
  ): Promise<WrittenValue> {
    const schemaId = readSchemaId(bytes);
    const codec = this.#codecs.get(schemaId) ?? (await this.#learn(schemaId));
    return { schemaId, value: codec.decode(bytes, WIRE_PREFIX_BYTES, context) };
  }

  async #learn(schemaId: number): Promise<AvroCodec> {
    const text = await this.#schemas.schemaText(schemaId);
    const codec = withSchemaOf(`Schema ${schemaId}`, () =>
      AvroCodec.fromText(text),
    );
    this.#codecs.set(schemaId, codec);
    return codec;
  }
}
