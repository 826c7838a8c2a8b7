import type { AvroNode } from './avro-node.js';
import { describeNode } from './describe-node.js';
import { schemaFault } from './schema-fault.js';

/** What a value looks like in JavaScript: all there is to choose a union's branch by. */
export type ValueShape =
  'null' | 'boolean' | 'number' | 'string' | 'buffer' | 'array' | 'object';

/** The shape that the values of a schema have; a union has none of its own. */
export function shapeOfNode(node: AvroNode): ValueShape | undefined {
  switch (node.kind) {
    case 'int':
    case 'long':
    case 'float':
    case 'double':
      return 'number';
    case 'enum':
      return 'string';
    case 'bytes':
    case 'fixed':
      return 'buffer';
    case 'record':
    case 'map':
      return 'object';
    case 'union':
      return undefined;
    default:
      return node.kind;
  }
}

/** The shape of a value; `undefined` for what no schema takes (bigint, function, undefined). */
export function shapeOfValue(value: unknown): ValueShape | undefined {
  switch (typeof value) {
    case 'boolean':
    case 'number':
    case 'string':
      return typeof value as ValueShape;
    case 'object':
      if (value === null) return 'null';
      if (Array.isArray(value)) return 'array';
      return Buffer.isBuffer(value) ? 'buffer' : 'object';
    default:
      return undefined;
  }
}

/**
 * Refuses a union whose branches cannot be told apart by a value: values are never wrapped (`{ string: 'a' }`), so there
 * may be one branch of each {@link ValueShape}. `string` beside `bytes` is refused as well, although their values
 * differ: each may be read as the other (Avro 1.12, "Schema Resolution"), and a reader takes the first branch that fits,
 * so a Buffer would come back as a string as soon as writer and reader have different versions.
 */
export function assertTellsApart(
  branches: readonly AvroNode[],
  path: string,
): void {
  const byShape = new Map<ValueShape | undefined, AvroNode>();
  for (const branch of branches) {
    const shape = shapeOfNode(branch);
    const other = byShape.get(shape) ?? promotable(branch, branches);
    if (other) throw alike(other, branch, path);
    byShape.set(shape, branch);
  }
}

function promotable(
  branch: AvroNode,
  branches: readonly AvroNode[],
): AvroNode | undefined {
  if (branch.kind !== 'bytes') return undefined;
  return branches.find(({ kind }) => kind === 'string');
}

function alike(one: AvroNode, other: AvroNode, path: string): Error {
  return schemaFault(
    path,
    `is a union of ${describeNode(one)} and ${describeNode(other)}, which cannot be told apart by a value: ` +
      `make them one record with a field for each, or one of them a record of its own`,
  );
}
