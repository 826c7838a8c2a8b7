import type { AvroNode } from './avro-node.js';
import { holdsKind } from './holds-kind.js';
import { leastBytes } from './least-bytes.js';
import { PayloadCursor, payloadFault } from './payload-cursor.js';

/** Walks over encoded bytes from `start` to their end; throws INVALID_RECORD where they are no value of the schema. */
export type PayloadCheck = (bytes: Buffer, start: number) => void;

type Step = (cursor: PayloadCursor) => void;

/**
 * The check that must come before avsc decodes, or `undefined` where there is no need of one. avsc reads on behind the
 * end and looks at its position only when it is done: that is sound as long as nothing is repeated, but a damaged count
 * of an array or a map makes it fill the memory, and a negative block size makes it skip back for ever. It also turns the
 * sign of a long below -2^52 when it reads it as a float or a double: such a long is refused where `reader` may do so.
 */
export function compilePayloadCheck(
  writer: AvroNode,
  reader: AvroNode = writer,
): PayloadCheck | undefined {
  const widens =
    reader !== writer &&
    holdsKind(writer, ['long']) &&
    holdsKind(reader, ['float', 'double']);
  if (!widens && !holdsKind(writer, ['array', 'map'])) return undefined;
  const step = new StepCompiler(widens).compile(writer);
  return (bytes, start) => step(new PayloadCursor(bytes, start));
}

class StepCompiler {
  readonly #steps = new Map<AvroNode, Step>();
  readonly #widens: boolean;

  constructor(widens: boolean) {
    this.#widens = widens;
  }

  compile(node: AvroNode): Step {
    const known = this.#steps.get(node);
    if (known) return known;
    // What a record that refers to itself meets while it is compiled.
    this.#steps.set(node, (cursor) => this.compile(node)(cursor));
    const step = this.#build(node);
    this.#steps.set(node, step);
    return step;
  }

  #build(node: AvroNode): Step {
    switch (node.kind) {
      case 'record': {
        const steps = node.fields.map((field) => this.compile(field.node));
        return (cursor) => {
          for (const step of steps) step(cursor);
        };
      }
      case 'union': {
        const steps = node.branches.map((branch) => this.compile(branch));
        return (cursor) => steps[cursor.readIndex(steps.length)]?.(cursor);
      }
      case 'array':
        return blocks(this.compile(node.items), leastBytes(node.items));
      case 'map':
        return blocks(this.#entry(node.values), 1 + leastBytes(node.values));
      case 'long':
        return this.#widens ? readWidened : (cursor) => void cursor.readLong();
      default:
        return leaf(node);
    }
  }

  #entry(values: AvroNode): Step {
    const step = this.compile(values);
    return (cursor) => {
      // avsc would set the map's prototype instead of an entry.
      if (cursor.readChunk().equals(PROTO))
        throw payloadFault('a map has the key __proto__');
      step(cursor);
    };
  }
}

const PROTO = Buffer.from('__proto__');

/** Blocks of items up to an empty one; a negative count is followed by the block's size in bytes. */
function blocks(item: Step, least: number): Step {
  return (cursor) => {
    for (;;) {
      const count = cursor.readLong();
      if (count === 0) return;
      const size = count < 0 ? cursor.readLong() : undefined;
      const from = cursor.position;
      const items = Math.abs(count);
      if (items * least > cursor.left)
        throw payloadFault(`${items} items in ${cursor.left} bytes`);
      for (let index = 0; index < items; index++) item(cursor);
      if (size !== undefined && cursor.position - from !== size)
        throw payloadFault(`a block does not have its ${size} bytes`);
    }
  };
}

function readWidened(cursor: PayloadCursor): void {
  const value = cursor.readLong();
  if (value < -(2 ** 52))
    throw payloadFault(`the long ${value} cannot be read as float or double`);
}

function leaf(node: AvroNode): Step {
  switch (node.kind) {
    case 'int':
      return (cursor) => void cursor.readLong();
    case 'bytes':
    case 'string':
      return (cursor) => cursor.skipChunk();
    case 'enum':
      return (cursor) => void cursor.readIndex(node.symbols.length);
    default: {
      const size = node.kind === 'boolean' ? 1 : leastBytes(node);
      return (cursor) => cursor.skip(size);
    }
  }
}
