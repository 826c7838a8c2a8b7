import { PostamtError } from '#kernel';

/** What a transaction of the engine sets for itself, since the database's defaults are somebody else's. */
export interface TxSettings {
  /** How long a statement waits for a lock, in milliseconds. */
  readonly lockTimeoutMs: number;
  /** How long the transaction may stand idle before the server ends its session, in milliseconds. */
  readonly idleTimeoutMs: number;
  /** How long one statement may run, in milliseconds; 0 = as long as it takes. */
  readonly statementTimeoutMs: number;
}

/** For transactions of the engine's own, which are short. */
export const DEFAULT_TX_SETTINGS: TxSettings = {
  lockTimeoutMs: 10_000,
  idleTimeoutMs: 10_000,
  statementTimeoutMs: 60_000,
};

/**
 * READ COMMITTED is said since a database's default may differ, and every lock of ours counts on the next statement
 * seeing a fresh snapshot.
 */
export const BEGIN = 'begin isolation level read committed read write';

/**
 * What a transaction says behind BEGIN. `synchronous_commit = local`: what is acknowledged is flushed here; waiting for
 * standbys is done after COMMIT, with no lock held. Warnings have to come: one during COMMIT is all that tells of an
 * outcome that is unknown.
 */
export const SETTINGS_TEXT = `select
  set_config('synchronous_commit', 'local', true),
  set_config('client_min_messages', 'notice', true),
  set_config('lock_timeout', $1, true),
  set_config('idle_in_transaction_session_timeout', $2, true),
  set_config('statement_timeout', $3, true),
  case
    when pg_is_in_recovery() then null
    else ('x' || substr(pg_walfile_name(pg_current_wal_insert_lsn()), 1, 8))::bit(32)::int
  end as timeline,
  pg_backend_pid() as pid`;

/**
 * The same for a transaction of one flight, which waits for nothing but locks: plans are made once for each statement,
 * not for its first five runs anew, since a process may write to a thousand leaves.
 */
export const FLIGHT_SETTINGS = `
  set_config('synchronous_commit', 'local', true),
  set_config('client_min_messages', 'notice', true),
  set_config('plan_cache_mode', 'force_generic_plan', true),
  set_config('lock_timeout', '10000', true),
  set_config('idle_in_transaction_session_timeout', '10000', true),
  set_config('statement_timeout', '60000', true)`;

/** The parameters of {@link SETTINGS_TEXT}. */
export function settingsValues(settings: TxSettings): string[] {
  const { lockTimeoutMs, idleTimeoutMs, statementTimeoutMs } = settings;
  return [lockTimeoutMs, idleTimeoutMs, statementTimeoutMs].map(milliseconds);
}

/** Whole milliseconds, as a setting of Postgres takes them. @throws PostamtError INVALID_CONFIG */
export function milliseconds(value: number): string {
  if (Number.isInteger(value) && value >= 0 && value < 2 ** 31)
    return String(value);
  throw new PostamtError(
    'INVALID_CONFIG',
    `a time-out of ${value} is not usable: give whole milliseconds from 0 to 2147483647`,
  );
}
