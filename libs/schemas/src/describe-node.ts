import type { AvroNode } from './avro-node.js';

const SHOWN_SYMBOLS = 12;

const PRIMITIVES = {
  null: 'null',
  boolean: 'boolean',
  int: 'int (a whole number from -2147483648 to 2147483647)',
  long: 'long (a whole number within ±9007199254740991)',
  float: 'float (a finite number of at most 3.4e38)',
  double: 'double (a finite number)',
  bytes: 'bytes (a Buffer)',
  string: 'string (well-formed Unicode)',
};

/** What a schema expects, for a reader of an error message: `enum Status (New, Accepted) or null`. */
export function describeNode(node: AvroNode): string {
  switch (node.kind) {
    case 'record':
      return `record ${node.name}`;
    case 'enum':
      return `enum ${node.name} (${describeSymbols(node.symbols)})`;
    case 'fixed':
      return `fixed ${node.name} (a Buffer of ${node.size} bytes)`;
    case 'array':
      return `array of ${nameOf(node.items)}`;
    case 'map':
      return `map of ${nameOf(node.values)} (a plain object)`;
    case 'union':
      return node.branches.map(describeNode).join(' or ');
    default:
      return PRIMITIVES[node.kind];
  }
}

/** The short form, for a type inside another. */
function nameOf(node: AvroNode): string {
  if (node.kind === 'union') return node.branches.map(nameOf).join(' or ');
  return 'name' in node ? `${node.kind} ${node.name}` : node.kind;
}

function describeSymbols(symbols: readonly string[]): string {
  const shown = symbols.slice(0, SHOWN_SYMBOLS).join(', ');
  const more = symbols.length - SHOWN_SYMBOLS;
  return more > 0 ? `${shown} and ${more} more` : shown;
}
