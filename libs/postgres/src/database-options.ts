import type { PoolConfig } from 'pg';
import type { Logger } from '#kernel';

export interface DatabaseOptions {
  /** A connection string, or the options of a `pg` pool. Postamt opens pools of its own from it. */
  readonly connection: string | PoolConfig;
  /** The schema of Postamt's tables; `postamt` by default. */
  readonly schema?: string;
  /** Shown in `pg_stat_activity`; `postamt` by default. */
  readonly applicationName?: string;
  /** The most connections at once for reading and for listeners; 10 by default. Writing has three of its own. */
  readonly maxConnections?: number;
  /** False behind a pooler that cannot keep prepared statements. */
  readonly preparedStatements?: boolean;
  /**
   * How long the engine waits on a connection on which nothing comes, in milliseconds, before it counts as lost; 90,000
   * by default, 0 = for ever. A write or a COMMIT then ends with OUTCOME_UNKNOWN, anything else with
   * POSTGRES_UNAVAILABLE. It should be longer than a statement of the engine's may take (60 s), and than deferred
   * constraints take at COMMIT. SQL of the caller's (`query`, `db`) is not limited by it.
   */
  readonly queryTimeoutMs?: number;
  readonly logger?: Logger;
}
