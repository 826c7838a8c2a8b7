import type { BacklogLimits } from '../backlog/backlog-limits.js';
import type { TraceContext } from './trace-headers.js';

/** How an `Outbox` works. */
export interface OutboxOptions {
  /**
   * Called once a publish with an empty object: the entries it puts there become headers of the events, but for names
   * that an event uses itself. What it throws, and what is no header, is logged and left out.
   *
   * @example
   * traceContext: (carrier) => propagation.inject(context.active(), carrier) // @opentelemetry/api
   */
  readonly traceContext?: TraceContext;
  /** Past one of these publish throws BACKLOG_FULL; no limit by default. */
  readonly backlog?: BacklogLimits;
  /**
   * Send the INSERT of a single event by name on `pg` clients of the caller's too, which saves the server parsing and
   * planning it (50 of 150 µs): where they are connected to Postgres itself, or to a pooler that keeps prepared
   * statements (PgBouncer from 1.21 on with `max_prepared_statements`). False by default; on connections of Postamt's
   * own it is done anyway, as their `preparedStatements` says.
   */
  readonly preparedStatements?: boolean;
  /**
   * Publish to the WAL and not to a table: the name of the replication slot that a `CdcRelay` reads from. Off by default.
   * Every outbox and relay of an application should agree on it.
   */
  readonly cdc?: { readonly slot: string };
}
