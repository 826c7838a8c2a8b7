import type { AvroNode } from './avro-node.js';

/** Whether a value is one of a schema that holds no others. */
export type PrimitiveTest = (value: unknown) => boolean;

const TESTS = {
  null: (value: unknown) => value === null,
  boolean: (value: unknown) => typeof value === 'boolean',
  int: (value: unknown) => typeof value === 'number' && value === (value | 0),
  long: (value: unknown) => Number.isSafeInteger(value),
  float: (value: unknown) =>
    typeof value === 'number' && Number.isFinite(Math.fround(value)),
  double: (value: unknown) => Number.isFinite(value),
  bytes: (value: unknown) => Buffer.isBuffer(value),
  // avsc writes a lone surrogate as bytes that are not UTF-8.
  string: (value: unknown) => typeof value === 'string' && value.isWellFormed(),
};

/** The test of a primitive, an enum or a fixed. NaN, infinities and numbers out of range are refused, never changed. */
export function primitiveTest(node: AvroNode): PrimitiveTest {
  switch (node.kind) {
    case 'enum': {
      const symbols = new Set<unknown>(node.symbols);
      return (value) => symbols.has(value);
    }
    case 'fixed':
      return (value) => Buffer.isBuffer(value) && value.length === node.size;
    case 'record':
    case 'array':
    case 'map':
    case 'union':
      throw new TypeError(`A ${node.kind} is not a primitive`);
    default:
      return TESTS[node.kind];
  }
}
