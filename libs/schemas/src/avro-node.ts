import type { AvroPrimitive } from './avro-schema.js';

/**
 * A parsed schema, with all names resolved: what the checks of this lib are compiled from. It has cycles where the
 * schema has them (a record that refers to itself).
 */
export type AvroNode =
  | { readonly kind: AvroPrimitive }
  | RecordNode
  | { readonly kind: 'enum'; readonly name: string; readonly symbols: string[] }
  | { readonly kind: 'fixed'; readonly name: string; readonly size: number }
  | { readonly kind: 'array'; readonly items: AvroNode }
  | { readonly kind: 'map'; readonly values: AvroNode }
  | { readonly kind: 'union'; readonly branches: readonly AvroNode[] };

/** A record; `fields` is filled while it is parsed, since a field may refer to its own record. */
export interface RecordNode {
  readonly kind: 'record';
  readonly name: string;
  readonly fields: FieldNode[];
}

/** A record's field. `defaultValue` is `undefined` where the schema gives none. */
export interface FieldNode {
  readonly name: string;
  readonly node: AvroNode;
  readonly defaultValue: unknown;
}
