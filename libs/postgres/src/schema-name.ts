import { PostamtError } from '#kernel';
import { RESERVED_WORDS } from './reserved-words.js';

/** The schema that Postamt's tables live in where nobody says otherwise. */
export const DEFAULT_SCHEMA = 'postamt';

/**
 * Checks the name of the database schema. It goes into SQL as it stands, unquoted, so only lower-case identifiers of at
 * most 40 characters pass (names of leaves, statements and channels are built on it and have to stay under 63).
 *
 * @throws PostamtError INVALID_CONFIG
 */
export function schemaName(name: string = DEFAULT_SCHEMA): string {
  const plain = /^[a-z_][a-z0-9_]{0,39}$/.test(name);
  if (plain && !name.startsWith('pg_') && !RESERVED_WORDS.has(name)) {
    return name;
  }
  throw new PostamtError(
    'INVALID_CONFIG',
    `schema ${JSON.stringify(name)} is not usable: give 1 to 40 of a-z, 0-9 and _, not beginning with a digit or pg_, and no reserved word of SQL`,
  );
}
