import type { PoolConfig } from 'pg';
import type { DatabaseOptions } from './database-options.js';

const IDLE_CONNECTION_MS = 5_000;
/** How long a connection is silent before the system asks the other side; its own default is two hours. */
const KEEP_ALIVE_MS = 10_000;
/** Not for the caller to choose: binary results destroy bytea, a pipelined client refuses COPY and flights. */
const NEVER = { binary: false, pipeline: false };
const CONNECT_TIMEOUT_MS = 10_000;

/** The options of the pools that a database opens. */
export function poolConfig(options: DatabaseOptions): PoolConfig {
  const { connection } = options;
  const given =
    typeof connection === 'string'
      ? { connectionString: connection }
      : connection;
  return {
    application_name: options.applicationName ?? 'postamt',
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    keepAlive: true,
    keepAliveInitialDelayMillis: KEEP_ALIVE_MS,
    ...given,
    ...NEVER,
    min: 0,
    max: options.maxConnections ?? 10,
    idleTimeoutMillis: IDLE_CONNECTION_MS,
  };
}
