import { PostamtError } from '#kernel';

/** What `pg` reads as a connection string: a URL, or the folder of a socket. */
const FORM = /^(postgres(ql)?:\/\/|socket:|\/)/;

/**
 * Checks a connection string that a user gave, before anything is tried with it: `pg` takes almost any text for the name
 * of a database or a host. The message does not repeat the text, which may bear a password.
 *
 * @param source where the text came from, for the message
 * @throws PostamtError INVALID_CONFIG
 *
 * @example
 * const connection = connectionString(process.env.DATABASE_URL, 'DATABASE_URL');
 */
export function connectionString(
  text: string | undefined,
  source: string,
): string {
  if (!text)
    throw new PostamtError(
      'INVALID_CONFIG',
      `no database is given: set ${source} to postgres://user:password@host:port/database`,
    );
  // A URL without a host after its user is for a socket: `pg` takes it, the URL standard does not.
  const parses =
    text.startsWith('/') || URL.canParse(text.replace('@/', '@localhost/'));
  if (FORM.test(text) && parses) return text;
  throw new PostamtError(
    'INVALID_CONFIG',
    `${source} is no connection string: give postgres://user:password@host:port/database`,
  );
}
