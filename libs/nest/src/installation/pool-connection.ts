import { PostamtError } from '#kernel';
import type { PgPool, PoolConnection } from './connection-options.js';

/** What of a pool's options says how it is run and not where it leads. */
const NOT_THE_WAY = ['Client', 'Promise', 'log', 'verify'];

/**
 * The options with which pools like `pool` are opened. `pg` hides password and key of a pool's options from enumeration,
 * so that they are not logged: they are read by name.
 *
 * @throws PostamtError INVALID_CONFIG for something that is no pool
 */
export function poolConnection(pool: PgPool): PoolConnection {
  const options = pool.options as Record<string, unknown> | undefined;
  if (typeof options !== 'object' || options === null)
    throw new PostamtError(
      'INVALID_CONFIG',
      'pool is no pg pool: give `new Pool(…)` of the package pg, or connectionString',
    );
  const { password } = options;
  const given = Object.entries(options).filter(
    ([name]) => !NOT_THE_WAY.includes(name),
  );
  const connection = Object.fromEntries(given) as PoolConnection;
  return password === undefined
    ? connection
    : { ...connection, password: password as string };
}
