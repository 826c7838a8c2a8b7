import { PostamtError } from '#kernel';

/**
 * The timestamp of a record, now where none is given. `owner` begins the message of what is refused. Throws
 * INVALID_VALUE unless it is whole milliseconds since 1970.
 *
 * @example
 * recordTimestamp(undefined, 'a record for topic incidents'); // 1767225600000
 */
export function recordTimestamp(
  timestamp: number | undefined,
  owner: string,
): number {
  if (timestamp === undefined) return Date.now();
  if (Number.isSafeInteger(timestamp) && timestamp >= 0) return timestamp;
  throw new PostamtError(
    'INVALID_VALUE',
    `${owner} has the timestamp ${String(timestamp)}: give whole milliseconds since 1970`,
  );
}
