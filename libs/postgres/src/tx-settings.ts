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
 * The text that opens a transaction. `postamt.flight` is what {@link IN_FLIGHT} looks at. READ COMMITTED is said since a database's default may differ, and
 * every lock of ours counts on the next statement seeing a fresh snapshot. `synchronous_commit = local`: what is
 * acknowledged is flushed here; waiting for standbys is done after COMMIT, with no lock held. Warnings have to come: one
 * during COMMIT is all that tells of an outcome that is unknown.
 */
export function beginText(settings: TxSettings): string {
  return [
    'begin isolation level read committed read write',
    'set local synchronous_commit = local',
    'set local client_min_messages = notice',
    "set local postamt.flight = 'open'",
    `set local lock_timeout = ${milliseconds(settings.lockTimeoutMs)}`,
    `set local idle_in_transaction_session_timeout = ${milliseconds(settings.idleTimeoutMs)}`,
    `set local statement_timeout = ${milliseconds(settings.statementTimeoutMs)}`,
  ].join('; ');
}

/**
 * The SQL condition that the statement runs in a transaction that {@link beginText} opened. A flight sends BEGIN and the
 * statements behind it without waiting: should BEGIN fail, each of them would come in a transaction of its own.
 */
export const IN_FLIGHT = "current_setting('postamt.flight', true) = 'open'";

function milliseconds(value: number): number {
  if (Number.isInteger(value) && value >= 0 && value < 2 ** 31) return value;
  throw new PostamtError(
    'INVALID_CONFIG',
    `a time-out of ${value} is not usable: give whole milliseconds from 0 to 2147483647`,
  );
}
