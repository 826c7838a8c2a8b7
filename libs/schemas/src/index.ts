// schemas: Avro types, codecs and topic definitions; the wire format of keys and values.
// May import: kernel, postgres, log. The only home of avsc.
// Words: schema, schema id, writer's and reader's schema, mismatch, wire prefix, topic definition.
export { AvroCodec, type PayloadDecoder } from './avro-codec.js';
export {
  AVRO_PRIMITIVES,
  type AvroArraySchema,
  type AvroEnumSchema,
  type AvroFieldSchema,
  type AvroFixedSchema,
  type AvroMapSchema,
  type AvroNamedSchema,
  type AvroPrimitive,
  type AvroPrimitiveSchema,
  type AvroRecordSchema,
  type AvroSchema,
  avroSchema,
} from './avro-schema.js';
export { defineTopic, type TopicOptions } from './define-topic.js';
export type { InferAvro, InferAvroInput } from './infer-avro.js';
export { KEY_KINDS, KeyCodec, type KeyKind, type KeyOf } from './key-codec.js';
export type { Mismatch, ValueContext } from './mismatch.js';
export type {
  TopicConfig,
  TopicDefinition,
  TopicInput,
  TopicKey,
  TopicValue,
} from './topic-definition.js';
export { type SchemaLookup, ValueDeserializer } from './value-deserializer.js';
export { ValueSerializer } from './value-serializer.js';
export {
  encodeWithSchemaId,
  readSchemaId,
  readWirePrefix,
  WIRE_PREFIX_BYTES,
  type WireValue,
  writeWirePrefix,
} from './wire-prefix.js';
export { listVersions, type SubjectVersion } from './registry/list-versions.js';
export { openTopic, type OpenTopic } from './registry/open-topic.js';
export {
  registerSchema,
  type RegisteredSchema,
  valueSubject,
} from './registry/register-schema.js';
export { SchemaCache } from './registry/schema-cache.js';
export { topicFromRegistry } from './registry/topic-from-registry.js';
export { type WrittenValue, WriterDecoder } from './registry/writer-decoder.js';
