import { PostamtError } from '#kernel';
import type { AvroSchema } from './avro-schema.js';
import { canonicalJson } from './canonical-json.js';

/** A schema's canonical JSON. Throws INVALID_SCHEMA for what JSON cannot hold. */
export function schemaText(schema: AvroSchema): string {
  const text = inJson(() => canonicalJson(schema));
  if (text !== undefined) return text;
  throw new PostamtError('INVALID_SCHEMA', 'There is no Avro schema.');
}

/** The schema of a JSON text. Throws INVALID_SCHEMA where it is no JSON; the schema itself is not checked. */
export function schemaOfText(text: string): AvroSchema {
  return inJson(() => JSON.parse(text) as AvroSchema);
}

function inJson<T>(action: () => T): T {
  try {
    return action();
  } catch (cause) {
    throw new PostamtError(
      'INVALID_SCHEMA',
      `The Avro schema is not valid JSON: ${(cause as Error).message}`,
      { cause },
    );
  }
}
