import { type ErrorCode, isPostamtError } from '#kernel';

/** What is known of a batch when an attempt to send it has failed. */
export interface FailedAttempt {
  /** How often it has failed, this time included. */
  readonly attempts: number;
  /** How often it may be sent again. */
  readonly retries: number;
  /** Whether it bears a producer id. */
  readonly isIdempotent: boolean;
  /** Whether an earlier attempt's outcome is unknown. */
  readonly mayBeWritten: boolean;
  readonly recordCount: number;
  /** How many calls it has records of, in a row. */
  readonly spanCount: number;
  /** Whether its delivery time-out has passed. */
  readonly isLate: boolean;
}

/**
 * What to do with the batch:
 * - `retry` it as it is;
 * - `renew` the producer id, of which the log knows a newer epoch, and retry;
 * - `split` it, in halves or between calls, and send both parts;
 * - `fail` it; `isUnknown` where it may stand in the log, `bumpEpoch` where its sequences may not be used again.
 */
export type RetryDecision =
  | { readonly do: 'retry'; readonly mayBeWritten: boolean }
  | { readonly do: 'renew' }
  | { readonly do: 'split'; readonly where: 'half' | 'calls' }
  | {
      readonly do: 'fail';
      readonly isUnknown: boolean;
      readonly bumpEpoch: boolean;
    };

/** Nothing was appended, and the same bytes may go another time. */
const TRANSIENT: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  'FENCED_LEADER_EPOCH',
  'KAFKA_STORAGE_ERROR',
  'NOT_ENOUGH_REPLICAS',
  'NOT_LEADER_OR_FOLLOWER',
  'POSTGRES_UNAVAILABLE',
  'STALE_LEAF',
  'STALE_TIMELINE',
  'TIMED_OUT',
  'TRANSACTION_ROLLED_BACK',
  'UNKNOWN_LEADER_EPOCH',
]);

/** It may have been appended, or was. */
const UNCERTAIN: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  'NOT_ENOUGH_REPLICAS_AFTER_APPEND',
  'OUTCOME_UNKNOWN',
]);

/** What one record in the batch may have caused. */
const BY_ONE_RECORD: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  'INVALID_RECORD',
  'INVALID_TIMESTAMP',
]);

/** What befalls a request as a whole: its batches need not be tried one by one. */
const OF_THE_REQUEST: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  ...UNCERTAIN,
  'CLOSED',
  'KAFKA_STORAGE_ERROR',
  'NOT_LEADER_OR_FOLLOWER',
  'POSTGRES_UNAVAILABLE',
  'TRANSACTION_ROLLED_BACK',
]);

/**
 * What to do with a batch whose attempt failed. The order of a partition is kept by whoever acts on it: nothing goes out
 * behind a batch that is to be retried.
 */
export function decideRetry(
  state: FailedAttempt,
  error: unknown,
): RetryDecision {
  const code = isPostamtError(error) ? error.code : undefined;
  const mayBeWritten = state.mayBeWritten || has(UNCERTAIN, code);
  if (has(TRANSIENT, code) || has(UNCERTAIN, code)) {
    if (mayRetry(state)) return { do: 'retry', mayBeWritten };
  } else if (!state.mayBeWritten) {
    const decision = decideRefused(state, code);
    if (decision) return decision;
  }
  const outOfOrder = code === 'OUT_OF_ORDER_SEQUENCE_NUMBER';
  return {
    do: 'fail',
    isUnknown: mayBeWritten && code !== 'NOT_ENOUGH_REPLICAS_AFTER_APPEND',
    bumpEpoch: state.isIdempotent && (mayBeWritten || outOfOrder),
  };
}

/** Whether one of a request's batches may have made all of them fail, so that each is to be tried alone. */
export function mayBeOneBatchsFault(error: unknown): boolean {
  return !(isPostamtError(error) && OF_THE_REQUEST.has(error.code));
}

/** A batch that the log has looked at and refused, and that no earlier attempt can have brought in. */
function decideRefused(
  state: FailedAttempt,
  code: ErrorCode | undefined,
): RetryDecision | undefined {
  if (code === 'MESSAGE_TOO_LARGE' && state.recordCount > 1)
    return { do: 'split', where: 'half' };
  if (has(BY_ONE_RECORD, code) && state.spanCount > 1)
    return { do: 'split', where: 'calls' };
  if (
    code === 'INVALID_PRODUCER_EPOCH' &&
    state.isIdempotent &&
    mayRetry(state)
  )
    return { do: 'renew' };
  return undefined;
}

function mayRetry({ attempts, retries, isLate }: FailedAttempt): boolean {
  return attempts <= retries && !isLate;
}

function has(
  codes: ReadonlySet<ErrorCode>,
  code: ErrorCode | undefined,
): boolean {
  return code !== undefined && codes.has(code);
}
