import { PostamtError } from '#kernel';

/** The schema that Postamt's tables live in where nobody says otherwise. */
export const DEFAULT_SCHEMA = 'postamt';

/**
 * Checks the name of the database schema. It goes into SQL as it stands, unquoted, so only lower-case identifiers of at
 * most 40 characters pass (names of leaves, statements and channels are built on it and have to stay under 63).
 *
 * @throws PostamtError INVALID_CONFIG
 */
export function schemaName(name: string = DEFAULT_SCHEMA): string {
  if (/^[a-z_][a-z0-9_]{0,39}$/.test(name) && !name.startsWith('pg_')) {
    return name;
  }
  throw new PostamtError(
    'INVALID_CONFIG',
    `schema ${JSON.stringify(name)} is not usable: give 1 to 40 of a-z, 0-9 and _, not beginning with a digit or pg_`,
  );
}
