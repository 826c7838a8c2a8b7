import avro, { type Type, type types } from 'avsc';
import { AVRO_PRIMITIVES, type AvroPrimitive } from './avro-schema.js';
import type { AvroNode, FieldNode, RecordNode } from './avro-node.js';
import { schemaFault } from './schema-fault.js';
import { assertTellsApart } from './union-rule.js';
import { joinPath } from './value-path.js';

/**
 * Turns avsc's types into {@link AvroNode}s, and refuses (INVALID_SCHEMA, with the path) what avsc lets through although
 * it cannot be used: a field that JavaScript cannot hold, an unknown type, a union whose branches look alike.
 */
export class NodeReader {
  /** By type, since a name that is used twice is one type; also what ends a recursion. */
  readonly #known = new Map<Type, AvroNode>();

  read(type: Type, path: string): AvroNode {
    const known = this.#known.get(type);
    if (known) return known;
    const node = this.#readNew(type, path);
    this.#known.set(type, node);
    return node;
  }

  #readNew(type: Type, path: string): AvroNode {
    const { ArrayType, EnumType, FixedType, LongType, MapType, RecordType } =
      avro.types;
    if (type instanceof RecordType) return this.#readRecord(type, path);
    if (type instanceof EnumType)
      return { kind: 'enum', name: nameOf(type), symbols: type.symbols };
    if (type instanceof FixedType)
      return { kind: 'fixed', name: nameOf(type), size: type.size };
    if (type instanceof ArrayType)
      return { kind: 'array', items: this.read(type.itemsType, `${path}[]`) };
    if (type instanceof MapType)
      return {
        kind: 'map',
        values: this.read(type.valuesType as Type, `${path}{}`),
      };
    if (isUnion(type)) return this.#readUnion(type, path);
    if (type instanceof LongType) return { kind: 'long' };
    if (isPrimitive(type.typeName)) return { kind: type.typeName };
    throw schemaFault(path, 'is of no type that Avro knows');
  }

  #readRecord(type: types.RecordType, path: string): RecordNode {
    if (type.typeName !== 'record')
      throw schemaFault(path, 'is an error type, which only protocols have');
    const node: RecordNode = { kind: 'record', name: nameOf(type), fields: [] };
    this.#known.set(type, node);
    for (const field of type.fields)
      node.fields.push(this.#readField(field, path));
    return node;
  }

  #readField(field: types.Field, path: string): FieldNode {
    const at = joinPath(path, field.name);
    if (field.name === '__proto__')
      throw schemaFault(at, 'has a name that no JavaScript object can hold');
    const defaultValue: unknown = field.defaultValue();
    return { name: field.name, node: this.read(field.type, at), defaultValue };
  }

  #readUnion(type: { readonly types: Type[] }, path: string): AvroNode {
    const branches = type.types.map((branch) => this.read(branch, path));
    assertTellsApart(branches, path);
    return { kind: 'union', branches };
  }
}

function isUnion(
  type: Type,
): type is types.UnwrappedUnionType | types.WrappedUnionType {
  const { UnwrappedUnionType, WrappedUnionType } = avro.types;
  return type instanceof UnwrappedUnionType || type instanceof WrappedUnionType;
}

function isPrimitive(name: string): name is AvroPrimitive {
  return (AVRO_PRIMITIVES as readonly string[]).includes(name);
}

function nameOf(type: Type): string {
  return type.name ?? type.typeName;
}
