/** Avro's primitive types, by the names the specification gives them. */
export const AVRO_PRIMITIVES = [
  'null',
  'boolean',
  'int',
  'long',
  'float',
  'double',
  'bytes',
  'string',
] as const;

/** One of {@link AVRO_PRIMITIVES}. */
export type AvroPrimitive = (typeof AVRO_PRIMITIVES)[number];

/**
 * An Avro schema as it stands in a TypeScript file: the JSON of the specification (Avro 1.12, "Schema Declaration").
 * A plain string is a primitive or the name of a type that stands earlier in the same schema; an array is a union.
 */
export type AvroSchema =
  | string
  | readonly AvroSchema[]
  | AvroPrimitiveSchema
  | AvroRecordSchema
  | AvroEnumSchema
  | AvroFixedSchema
  | AvroArraySchema
  | AvroMapSchema;

/** A primitive in its long form, which is where a logical type is noted: `{ type: 'long', logicalType: … }`. */
export interface AvroPrimitiveSchema {
  readonly type: AvroPrimitive;
  readonly logicalType?: string;
}

/** What the three named types have in common (Avro 1.12, "Names" and "Aliases"). */
export interface AvroNamedSchema {
  readonly name: string;
  readonly namespace?: string;
  readonly aliases?: readonly string[];
  readonly doc?: string;
}

/** A record: fields in a fixed order. */
export interface AvroRecordSchema extends AvroNamedSchema {
  readonly type: 'record';
  readonly fields: readonly AvroFieldSchema[];
}

/** A field of a record. A union's default belongs to the union's first branch. */
export interface AvroFieldSchema {
  readonly name: string;
  readonly type: AvroSchema;
  readonly default?: unknown;
  readonly doc?: string;
  readonly aliases?: readonly string[];
  readonly order?: 'ascending' | 'descending' | 'ignore';
}

/** An enum. `default` is what a reader gets for a symbol it does not know. */
export interface AvroEnumSchema extends AvroNamedSchema {
  readonly type: 'enum';
  readonly symbols: readonly string[];
  readonly default?: string;
}

/** `size` bytes, neither more nor fewer. */
export interface AvroFixedSchema extends AvroNamedSchema {
  readonly type: 'fixed';
  readonly size: number;
  readonly logicalType?: string;
}

/** An array of one type. */
export interface AvroArraySchema {
  readonly type: 'array';
  readonly items: AvroSchema;
}

/** A map from strings to one type. */
export interface AvroMapSchema {
  readonly type: 'map';
  readonly values: AvroSchema;
}

/**
 * Gives a schema back as it is, with its literal type kept, so that {@link InferAvro} can read it without `as const`.
 * It is for a schema that has a name of its own; one written inside `defineTopic` needs nothing. The schema is checked
 * where it is used (`defineTopic`, `AvroCodec`).
 *
 * @example
 * export const incidentChanged = avroSchema({
 *   type: 'record',
 *   name: 'IncidentChanged',
 *   fields: [
 *     { name: 'status', type: { type: 'enum', name: 'Status', symbols: ['New', 'Accepted'] } },
 *     { name: 'at', type: { type: 'long', logicalType: 'timestamp-millis' } },
 *   ],
 * });
 * export type IncidentChanged = InferAvro<typeof incidentChanged>;
 */
export function avroSchema<const Schema extends AvroSchema>(
  schema: Schema,
): Schema {
  return schema;
}
