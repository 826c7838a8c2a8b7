import { types } from 'node:util';
import { DatabaseError } from 'pg';
import { PostamtError } from '#kernel';

const OURS = {
  PA001: 'UNKNOWN_TOPIC_OR_PARTITION',
  PA002: 'STALE_LEAF',
  PA003: 'FENCED_LEADER_EPOCH',
  PA004: 'STALE_CURSOR',
  PA005: 'ILLEGAL_GENERATION',
  PA006: 'STALE_TIMELINE',
  // BEGIN failed, and what was sent behind it in the same flight came by itself.
  PA007: 'POSTGRES_UNAVAILABLE',
  PA008: 'OUT_OF_ORDER_SEQUENCE_NUMBER',
  PA009: 'INVALID_PRODUCER_EPOCH',
  PA010: 'OFFSET_OUT_OF_RANGE',
  // Raised by postamt.publish().
  PA020: 'DUPLICATE_EVENT_ID',
  PA021: 'SCHEMA_MISMATCH',
  PA022: 'MESSAGE_TOO_LARGE',
  PA023: 'INVALID_RECORD',
  PA024: 'INVALID_VALUE',
  PA025: 'INVALID_TIMESTAMP',
} as const;

/** disk_full, io_error. */
const STORAGE = ['53100', '58030'];
const OUT_OF_REACH = /^(08|57P0[1-5]|25P0[34]|53300)/;
/** What sockets, pools and clients throw; a RangeError, say, is a mistake on this side. */
const FROM_THE_WAY = ['Error', 'AggregateError'];

/** The SQLSTATE of an error that came from the server, or undefined where it came from the way there. */
export function sqlStateOf(error: unknown): string | undefined {
  return error instanceof DatabaseError ? error.code : undefined;
}

/** A code to show for any error: ours, the server's SQLSTATE, the system's (`EADDRINUSE`), or else the error's name. */
export function errorCodeOf(error: unknown): string {
  if (error instanceof PostamtError) return error.code;
  if (!types.isNativeError(error)) return 'Error';
  const { code } = error as NodeJS.ErrnoException;
  return typeof code === 'string' ? code : error.name;
}

/** The column that an error of the server names. */
export function columnOf(error: unknown): string | undefined {
  return error instanceof DatabaseError ? error.column : undefined;
}

/** The constraint that an error of the server names. */
export function constraintOf(error: unknown): string | undefined {
  return error instanceof DatabaseError ? error.constraint : undefined;
}

/**
 * Whether the server, or the way to it, was lost: no SQLSTATE at all (the socket broke, nobody listens), or one that
 * says that the session ended or could not begin.
 */
export function isConnectionLoss(error: unknown): boolean {
  if (error instanceof PostamtError)
    return error.code === 'POSTGRES_UNAVAILABLE';
  const state = sqlStateOf(error);
  if (state !== undefined) return OUT_OF_REACH.test(state);
  // Not `instanceof`: an error of a socket may come from another realm than this code (workers, test runners).
  return types.isNativeError(error) && FROM_THE_WAY.includes(error.name);
}

/**
 * Turns what `pg` throws into our errors: a lost connection is POSTGRES_UNAVAILABLE, what `refuse()` of our schema
 * raised gets its code, a lock that did not come in time is TIMED_OUT. Anything else comes back as it is: it belongs to
 * the caller's own SQL.
 */
export function asPostamtError(error: unknown): unknown {
  if (error instanceof PostamtError) return error;
  const state = sqlStateOf(error);
  if (state !== undefined && state in OURS) {
    const code = OURS[state as keyof typeof OURS];
    return new PostamtError(code, (error as Error).message, { cause: error });
  }
  if (state === '55P03') {
    return new PostamtError(
      'TIMED_OUT',
      'a lock did not come in time; try again',
      { cause: error },
    );
  }
  if (state === '25006') return onStandby(error);
  if (state !== undefined && STORAGE.includes(state)) {
    return new PostamtError(
      'KAFKA_STORAGE_ERROR',
      `the server cannot write: ${(error as Error).message}`,
      { cause: error },
    );
  }
  if (!isConnectionLoss(error)) return error;
  return new PostamtError(
    'POSTGRES_UNAVAILABLE',
    `Postgres is out of reach (${reasonOf(error as Error)}); check that it runs and that the connection string is right`,
    { cause: error },
  );
}

/** query_canceled, deadlock_detected, serialization_failure, out_of_memory: nothing was done, and may be another time. */
const TRANSIENT = ['57014', '40P01', '40001', '53200'];

/** The same error, as one of ours that may be tried again where it befell a transaction of the engine's own. */
export function transient(error: unknown): unknown {
  const state = sqlStateOf(error);
  if (state === undefined || !TRANSIENT.includes(state)) return error;
  return new PostamtError(
    'TRANSACTION_ROLLED_BACK',
    `the server ended the transaction: ${(error as Error).message}`,
    { cause: error },
  );
}

/** What BEGIN READ WRITE failed with: on a standby that is a feature it does not have. */
export function beginFailure(error: unknown): unknown {
  return sqlStateOf(error) === '0A000' ? onStandby(error) : error;
}

function onStandby(cause: unknown): PostamtError {
  return new PostamtError(
    'NOT_LEADER_OR_FOLLOWER',
    'this server is a standby or read-only; connect to the primary',
    { cause },
  );
}

/** The words of an error. Node's error for a host of several addresses has none of its own, only those of each attempt. */
function reasonOf(error: Error): string {
  if (error.message || !('errors' in error)) return error.message;
  return (error.errors as readonly unknown[])
    .map((each) => (types.isNativeError(each) ? each.message : String(each)))
    .join(', ');
}
