import avro, { type Type } from 'avsc';
import { PostamtError } from '#kernel';
import type { AvroNode } from './avro-node.js';
import { ExactLong } from './exact-long.js';
import { NodeReader } from './node-reader.js';
import { SoundnessCheck } from './soundness-check.js';

/** A schema as avsc has it, and as the checks of this lib are compiled from it. */
export interface ParsedSchema {
  readonly type: Type;
  readonly node: AvroNode;
}

/**
 * Parses a schema's JSON text. The one place where avsc's options are set: names are known within this schema only (a
 * fresh registry), every record, enum and fixed has a name as the specification demands, decoded records carry no
 * methods, longs are exact, unions are never wrapped. Throws INVALID_SCHEMA with avsc's reason.
 */
export function parseSchema(text: string): ParsedSchema {
  const type = parseType(text);
  // avsc wraps a union only if it must; the reader refuses those and can name the place, which `never` cannot.
  const node = new NodeReader().read(type, '');
  new SoundnessCheck().assert(node);
  return { type, node };
}

function parseType(text: string): Type {
  const long = new ExactLong().toType();
  try {
    return avro.Type.forSchema(JSON.parse(text), {
      // Without a prototype: a type may be called `constructor`.
      registry: Object.create(null),
      noAnonymousTypes: true,
      omitRecordMethods: true,
      wrapUnions: 'auto',
      typeHook: (schema) => (isLong(schema) ? long : undefined),
    });
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new PostamtError(
      'INVALID_SCHEMA',
      `The Avro schema is not valid: ${reason}. Correct the schema.`,
      { cause },
    );
  }
}

/** Also in the long form, which avsc never looks up by its name. */
function isLong(schema: unknown): boolean {
  return (
    schema === 'long' ||
    (typeof schema === 'object' &&
      schema !== null &&
      'type' in schema &&
      schema.type === 'long')
  );
}
