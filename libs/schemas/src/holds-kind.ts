import type { AvroNode } from './avro-node.js';

/** Whether a schema, or any schema within it, is of one of the kinds. */
export function holdsKind(
  node: AvroNode,
  kinds: readonly AvroNode['kind'][],
  seen = new Set<AvroNode>(),
): boolean {
  if (kinds.includes(node.kind)) return true;
  if (seen.has(node)) return false;
  seen.add(node);
  return partsOf(node).some((part) => holdsKind(part, kinds, seen));
}

function partsOf(node: AvroNode): readonly AvroNode[] {
  switch (node.kind) {
    case 'record':
      return node.fields.map((field) => field.node);
    case 'union':
      return node.branches;
    case 'array':
      return [node.items];
    case 'map':
      return [node.values];
    default:
      return [];
  }
}
