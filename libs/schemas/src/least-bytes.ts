import type { AvroNode } from './avro-node.js';

/**
 * The fewest bytes a value of a schema can take (Avro 1.12, "Binary Encoding"): 0 for null, an empty record and an empty
 * fixed. It bounds how many items a block can hold.
 */
export function leastBytes(
  node: AvroNode,
  open: ReadonlySet<AvroNode> = new Set(),
): number {
  switch (node.kind) {
    case 'null':
      return 0;
    case 'float':
      return 4;
    case 'double':
      return 8;
    case 'fixed':
      return node.size;
    case 'record': {
      if (open.has(node)) return 0;
      const inside = new Set(open).add(node);
      return node.fields.reduce(
        (sum, field) => sum + leastBytes(field.node, inside),
        0,
      );
    }
    default:
      return 1;
  }
}
