import type { ClientBase } from 'pg';
import { PostamtError } from '#kernel';
import type { Flight } from './flight.js';
import { asPostamtError, sqlStateOf } from './postgres-failure.js';

interface Notice {
  readonly severity?: string | undefined;
  readonly code?: string | undefined;
  readonly message?: string | undefined;
}

/** What was heard of a COMMIT: its command tag, or the error that stood in its place, and the notices on the way. */
export interface CommitReport {
  readonly command?: string | undefined;
  readonly error?: unknown;
  readonly notices: readonly Notice[];
}

/**
 * Sends COMMIT and reports what came back; it never rejects. A notice counts only when it arrives while COMMIT runs.
 */
export async function sendCommit(client: ClientBase): Promise<CommitReport> {
  const notices: Notice[] = [];
  const note = (notice: Notice) => notices.push(notice);
  client.on('notice', note);
  try {
    const { command } = await client.query('commit');
    return { command, notices };
  } catch (error) {
    return { error, notices };
  } finally {
    client.off('notice', note);
  }
}

/** The same of a flight that ends with COMMIT: its error may be that of a statement before. */
export async function sendFlight(
  client: ClientBase,
  flight: Flight,
): Promise<CommitReport> {
  const notices: Notice[] = [];
  const note = (notice: Notice) => notices.push(notice);
  client.on('notice', note);
  try {
    client.query(flight);
    await flight.landed;
    return { command: flight.lastCommand, notices };
  } catch (error) {
    return { error, notices };
  } finally {
    client.off('notice', note);
  }
}

/**
 * Says what a COMMIT came to: undefined when it committed, else the error to throw.
 *
 * - COMMIT of a failed transaction resolves with the tag ROLLBACK: TRANSACTION_ROLLED_BACK.
 * - A WARNING during COMMIT (a cancelled wait for a standby) or a lost connection: OUTCOME_UNKNOWN.
 * - An error of the server with severity ERROR (a deferred constraint) came before the commit record: the transaction
 *   is gone, and the error itself is thrown.
 */
export function commitFailure(report: CommitReport): unknown {
  if (report.error !== undefined) return failureOf(report.error);
  if (report.command === 'ROLLBACK') {
    return new PostamtError(
      'TRANSACTION_ROLLED_BACK',
      'COMMIT ended as ROLLBACK: a statement of the transaction had failed before; look for its error',
    );
  }
  const warning = report.notices.find(isWarning);
  return warning && unknown(`COMMIT warned: ${warning.message}`);
}

/** The server translates severities (`lc_messages`), so that the code decides: what only informs bears 00000. */
function isWarning({ severity, code }: Notice): boolean {
  if (severity === 'WARNING') return true;
  if (severity === 'NOTICE' || severity === 'INFO') return false;
  return code !== undefined && code !== '00000';
}

function failureOf(error: unknown): unknown {
  const state = sqlStateOf(error);
  const severity = (error as { severity?: string }).severity;
  const definite = state !== undefined && severity === 'ERROR';
  if (definite && !/^(08|40003)/.test(state)) return asPostamtError(error);
  return unknown(
    `the connection was lost during COMMIT (${(error as Error).message})`,
    error,
  );
}

/**
 * A statement that the server refused means that nothing was committed: COMMIT stood behind it. Anything else (the socket
 * broke) leaves open how far the server came: the whole flight had been sent.
 */
export function flightFailure(error: unknown, noted: unknown): unknown {
  if (sqlStateOf(error) !== undefined) return noted;
  return unknown(
    `the connection was lost during a write (${(error as Error).message})`,
    error,
  );
}

/** The error for a transaction of which nobody here can say whether it committed. */
export function unknown(reason: string, cause?: unknown): PostamtError {
  return new PostamtError(
    'OUTCOME_UNKNOWN',
    `${reason}: the transaction may have committed or not; read back before doing it again`,
    { cause },
  );
}
