import { isPostamtError, PostamtError } from '#kernel';
import type { PendingBatch } from './pending-batch.js';

/** What is known when a batch is given up. */
export interface GivenUp {
  /** Whether it may stand in the log. */
  readonly isUnknown: boolean;
  /** The time-out, in words, where one ended it. */
  readonly limit?: string | undefined;
  /** The last attempt's error, or what else ended it. */
  readonly error: unknown;
}

/**
 * The error of a batch's records. Where nobody can say whether they stand in the log, it is OUTCOME_UNKNOWN whatever
 * ended it; what a time-out ended is TIMED_OUT; else it is the last attempt's own, with the place before its words.
 */
export function deliveryFailure(
  batch: PendingBatch,
  { isUnknown, limit, error }: GivenUp,
): unknown {
  const records = batch.recordCount === 1 ? 'record' : 'records';
  const what = `${batch.onlyRecord}${batch.recordCount} ${records} for ${batch.queue.name}`;
  if (limit === undefined && !isUnknown && !isPostamtError(error)) return error;
  const reason = error instanceof Error ? error.message : '';
  const words = [limit, reason].filter(Boolean).join('; ');
  const options = { cause: error };
  if (isUnknown) {
    return new PostamtError(
      'OUTCOME_UNKNOWN',
      `${what} may have been written or not: ${words}`,
      options,
    );
  }
  if (limit !== undefined) {
    return new PostamtError(
      'TIMED_OUT',
      `${what} could not be written: ${words}`,
      options,
    );
  }
  const { code } = error as PostamtError;
  return new PostamtError(code, `${what}: ${reason}`, options);
}
