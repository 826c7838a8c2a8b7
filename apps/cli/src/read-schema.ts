import { readFile } from 'node:fs/promises';
import { AvroCodec } from '#schemas';

/**
 * The codec of a schema that a user gave: JSON, or `@` and the path of a file with it.
 *
 * @throws PostamtError INVALID_SCHEMA; what the file system says
 */
export async function readSchema(given: string): Promise<AvroCodec> {
  const text = given.startsWith('@')
    ? await readFile(given.slice(1), 'utf8')
    : given;
  return AvroCodec.fromText(text);
}
