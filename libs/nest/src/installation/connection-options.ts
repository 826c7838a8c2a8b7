import type { Logger } from '#kernel';
import type { DatabaseOptions, EmbeddedPostgresOptions } from '#postgres';

/** The options of a `pg` pool. */
export type PoolConnection = Exclude<DatabaseOptions['connection'], string>;

/** A `pg` pool, as far as Postamt looks at it; its type is spelt out so that no type of pg's is published. */
export interface PgPool {
  readonly options: object;
}

/** How Postamt gets to its database: exactly one of `connectionString`, `pool` and `embedded`. */
export interface PostamtConnectionOptions {
  /** `postgres://user:password@host:port/database` */
  readonly connectionString?: string | undefined;
  /** A pool of yours: Postamt opens pools of its own with the same options, and leaves yours alone. */
  readonly pool?: PgPool | undefined;
  /** Start a Postgres server with the application, and stop it with it. */
  readonly embedded?: true | EmbeddedPostgresOptions | undefined;
  /** The schema of Postamt's tables; `postamt` by default. */
  readonly schema?: string | undefined;
  /** True (the default): migrate the schema first, in any number of processes at once. False: only check it. */
  readonly migrate?: boolean | undefined;
  /** The most connections at once for reading and for handlers; 10 by default. Writing has two of its own. */
  readonly maxConnections?: number | undefined;
  /** By default Nest's, under the name `Postamt`. */
  readonly logger?: Logger | undefined;
}

/** The names of {@link PostamtConnectionOptions}. */
export const CONNECTION_OPTION_NAMES = [
  'connectionString',
  'pool',
  'embedded',
  'schema',
  'migrate',
  'maxConnections',
  'logger',
] as const satisfies readonly (keyof PostamtConnectionOptions)[];
