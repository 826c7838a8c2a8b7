import { PostamtError } from '#kernel';
import { partitionKey, type PartitionPlace } from '../consumer-record.js';

/**
 * A bound of a replay: the start of the log, its end; an offset (a bigint); or a time, in milliseconds since 1970 or as a
 * Date, which stands for the first record at or after it.
 */
export type ReplayBound = 'earliest' | 'latest' | bigint | number | Date;

/** What is to be read of a partition: from the first offset to before the last one. */
export interface ReplayRange extends PartitionPlace {
  readonly from: bigint;
  readonly to: bigint;
}

/** Where the log begins and ends. */
export interface LogEnds {
  readonly earliest: bigint;
  readonly latest: bigint;
}

/** A bound that was looked up, where it is a time. */
export type FoundBound = Exclude<ReplayBound, number | Date>;

/**
 * What there is to read now: nothing of what comes later, whatever `to` says.
 *
 * @throws PostamtError OFFSET_OUT_OF_RANGE where `from` is an offset that the log does not have (any more)
 */
export function decideRange(
  place: PartitionPlace,
  bounds: { readonly from: FoundBound; readonly to: FoundBound },
  ends: LogEnds,
): ReplayRange {
  const from = offsetOf(bounds.from, ends);
  const to = offsetOf(bounds.to, ends);
  if (from < ends.earliest || from > ends.latest) {
    throw new PostamtError(
      'OFFSET_OUT_OF_RANGE',
      `${partitionKey(place)} is to be read from ${from}, and the log has ${ends.earliest} to ${ends.latest}: begin there`,
    );
  }
  return { ...place, from, to: to < ends.latest ? to : ends.latest };
}

function offsetOf(bound: FoundBound, ends: LogEnds): bigint {
  if (bound === 'earliest') return ends.earliest;
  return bound === 'latest' ? ends.latest : bound;
}
