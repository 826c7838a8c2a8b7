import { isPostamtError, type ErrorCode } from '#kernel';
import { isConnectionLoss, sqlStateOf } from '#postgres';

/** The codes that say for certain that nothing was appended. */
const NOTHING_APPENDED: readonly ErrorCode[] = [
  'CORRUPT_MESSAGE',
  'FENCED_LEADER_EPOCH',
  'INVALID_PRODUCER_EPOCH',
  'INVALID_RECORD',
  'INVALID_TIMESTAMP',
  'KAFKA_STORAGE_ERROR',
  'MESSAGE_TOO_LARGE',
  'NOT_ENOUGH_REPLICAS',
  'OUT_OF_ORDER_SEQUENCE_NUMBER',
  'POSTGRES_UNAVAILABLE',
  'STALE_LEAF',
  'TIMED_OUT',
  'TRANSACTION_ROLLED_BACK',
  'UNKNOWN_TOPIC_OR_PARTITION',
];

/**
 * What an error says of the values that were sent: that they are not in the log for certain, or nothing for certain. A
 * statement that the server refused is gone with its transaction, whatever for (a full disk).
 */
export function outcomeOf(error: unknown): 'fail' | 'unknown' {
  if (isPostamtError(error))
    return NOTHING_APPENDED.includes(error.code) ? 'fail' : 'unknown';
  const refused = sqlStateOf(error) !== undefined && !isConnectionLoss(error);
  return refused ? 'fail' : 'unknown';
}
