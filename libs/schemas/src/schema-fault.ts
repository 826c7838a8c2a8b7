import { PostamtError } from '#kernel';

/** INVALID_SCHEMA for one place of a schema; the empty path is the schema as a whole. */
export function schemaFault(path: string, fault: string): PostamtError {
  const place = path === '' ? 'The Avro schema' : `The Avro schema's ${path}`;
  return new PostamtError('INVALID_SCHEMA', `${place} ${fault}.`);
}

/** Runs `action`, and puts in front of the message of what it throws whose schema it is. */
export function withSchemaOf<T>(owner: string, action: () => T): T {
  try {
    return action();
  } catch (error) {
    if (!(error instanceof PostamtError)) throw error;
    const { code, message, cause } = error;
    throw new PostamtError(code, `${owner}: ${message}`, { cause });
  }
}
