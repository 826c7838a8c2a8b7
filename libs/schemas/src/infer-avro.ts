import type {
  AvroArraySchema,
  AvroEnumSchema,
  AvroFieldSchema,
  AvroFixedSchema,
  AvroMapSchema,
  AvroRecordSchema,
  AvroSchema,
} from './avro-schema.js';

/**
 * The value that decoding gives for a schema literal. Records are objects, enums the union of their symbols, `bytes` and
 * `fixed` are Buffers, all numbers are `number`, a union is the union of its branches (never wrapped), a logical type is
 * its underlying type: `timestamp-millis` is a number of milliseconds since 1970. A `long` must lie within
 * ±(2^53 - 1), both ways: others are refused, never rounded.
 *
 * A name stands for the type of that name in the same literal, itself included. Namespaces that are inherited are not
 * worked out: where two types share their last name and the reference does not tell them apart by its dots, the result is
 * the union of both. A schema without a literal type (read from a file) gives `unknown`.
 *
 * Source: Avro 1.12, "Schema Declaration".
 *
 * @example
 * type Change = InferAvro<typeof incidentChanged>; // { status: 'New' | 'Accepted'; at: number }
 */
export type InferAvro<Schema> = AvroSchema extends Schema
  ? unknown
  : Read<Schema, Schema>;

/**
 * The value that encoding takes for a schema literal: as {@link InferAvro}, but a field with a default may be left out
 * (or be `undefined`), and arrays may be readonly. What decoding gave may be encoded again.
 *
 * @example
 * const change: InferAvroInput<typeof incidentChanged> = { status: 'New', at: Date.now() };
 */
export type InferAvroInput<Schema> = AvroSchema extends Schema
  ? unknown
  : Write<Schema, Schema>;

interface Primitives {
  null: null;
  boolean: boolean;
  int: number;
  long: number;
  float: number;
  double: number;
  bytes: Buffer;
  string: string;
}

/** What is alike for reading and writing; `undefined` for the types that hold others. */
type Leaf<Schema> = Schema extends keyof Primitives
  ? Primitives[Schema]
  : Schema extends { readonly type: infer Name extends keyof Primitives }
    ? Primitives[Name]
    : Schema extends AvroEnumSchema
      ? Schema['symbols'][number]
      : Schema extends AvroFixedSchema
        ? Buffer
        : undefined;

type Read<Schema, Root> = Schema extends readonly (infer Branch)[]
  ? Read<Branch, Root>
  : Schema extends AvroRecordSchema
    ? {
        [Field in Schema['fields'][number] as Field['name']]: Read<
          Field['type'],
          Root
        >;
      }
    : Schema extends AvroArraySchema
      ? Read<Schema['items'], Root>[]
      : Schema extends AvroMapSchema
        ? { [key: string]: Read<Schema['values'], Root> }
        : Schema extends Reference<Schema>
          ? string extends Schema
            ? unknown
            : Read<Named<Schema, Declared<Root>>, Root>
          : Leaf<Schema>;

type Write<Schema, Root> = Schema extends readonly (infer Branch)[]
  ? Write<Branch, Root>
  : Schema extends AvroRecordSchema
    ? WriteFields<Schema['fields'][number], Root>
    : Schema extends AvroArraySchema
      ? readonly Write<Schema['items'], Root>[]
      : Schema extends AvroMapSchema
        ? { readonly [key: string]: Write<Schema['values'], Root> }
        : Schema extends Reference<Schema>
          ? string extends Schema
            ? unknown
            : Write<Named<Schema, Declared<Root>>, Root>
          : Leaf<Schema>;

type WithDefault = { readonly default: unknown };

type WriteFields<Fields extends AvroFieldSchema, Root> = Flat<
  {
    [Field in Exclude<Fields, WithDefault> as Field['name']]: Write<
      Field['type'],
      Root
    >;
  } & {
    [Field in Extract<Fields, WithDefault> as Field['name']]?:
      Write<Field['type'], Root> | undefined;
  }
>;

type Flat<T> = { [Key in keyof T]: T[Key] };

/** A string that is not a primitive is the name of a type. */
type Reference<Schema> = Schema extends keyof Primitives ? never : string;

/** All named types that stand in a schema. */
type Declared<Schema> = Schema extends readonly (infer Branch)[]
  ? Declared<Branch>
  : Schema extends AvroRecordSchema
    ? Schema | Declared<Schema['fields'][number]['type']>
    : Schema extends AvroEnumSchema | AvroFixedSchema
      ? Schema
      : Schema extends AvroArraySchema
        ? Declared<Schema['items']>
        : Schema extends AvroMapSchema
          ? Declared<Schema['values']>
          : never;

/** The declared type a reference means: by its exact or full name, else by the last part of its name. */
type Named<Name, Types> = [ByFullName<Name, Types>] extends [never]
  ? ByLastName<LastName<Name>, Types>
  : ByFullName<Name, Types>;

type ByFullName<Name, Types> = Types extends { readonly name: Name }
  ? Types
  : Types extends {
        readonly name: infer Short extends string;
        readonly namespace: infer Space extends string;
      }
    ? `${Space}.${Short}` extends Name
      ? Types
      : never
    : never;

type ByLastName<Name, Types> = Types extends { readonly name: infer Declared }
  ? LastName<Declared> extends Name
    ? Types
    : never
  : never;

type LastName<Name> = Name extends `${string}.${infer Rest}`
  ? LastName<Rest>
  : Name;
