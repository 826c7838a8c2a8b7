import { PostamtError } from '#kernel';

/**
 * Where a group's offset is to be: at the first record there is; behind the last one; at an offset; at the first record at
 * or after a time (`time`, in milliseconds since 1970, or `duration`, so many milliseconds before now by the database's
 * clock), behind the last one where none is that late; or so many records further on than now, or back (`shiftBy`).
 */
export type ResetTarget =
  | 'earliest'
  | 'latest'
  | { readonly offset: bigint }
  | { readonly time: number }
  | { readonly duration: number }
  | { readonly shiftBy: bigint };

/** What is known of a partition when its offset is decided about. */
export interface ResetPlace {
  readonly topic: string;
  readonly partition: number;
  readonly logStartOffset: bigint;
  /** Behind the last record that readers see. */
  readonly logEndOffset: bigint;
  /** Where a time was asked for: the first record there; null where none is that late. */
  readonly found: bigint | null;
  /** Null where nothing is committed. */
  readonly before: bigint | null;
}

/** Which end of the log an offset was moved to, since the log has none further out. */
export type ResetLimit = 'log-start' | 'log-end';

/** What a reset does to a partition. */
export interface ResetDecision {
  readonly after: bigint;
  /** Null: the offset is the one that was asked for. */
  readonly limitedTo: ResetLimit | null;
}

/**
 * The offset of a partition after a reset. It lies in what the log has, as in Kafka: what is asked for beyond it becomes
 * its start or its end.
 *
 * @throws PostamtError INVALID_VALUE for a shift where nothing is committed
 */
export function decideReset(
  place: ResetPlace,
  target: ResetTarget,
): ResetDecision {
  const wanted = offsetWanted(place, target);
  const { logStartOffset, logEndOffset } = place;
  if (wanted === null || wanted > logEndOffset)
    return { after: logEndOffset, limitedTo: 'log-end' };
  if (wanted < logStartOffset)
    return { after: logStartOffset, limitedTo: 'log-start' };
  return { after: wanted, limitedTo: null };
}

function offsetWanted(place: ResetPlace, target: ResetTarget): bigint | null {
  if (target === 'earliest') return place.logStartOffset;
  if (target === 'latest') return place.logEndOffset;
  if ('offset' in target) return target.offset;
  if (!('shiftBy' in target)) return place.found;
  const { topic, partition, before } = place;
  if (before !== null) return before + target.shiftBy;
  throw new PostamtError(
    'INVALID_VALUE',
    `the offset of ${topic}-${partition} cannot be shifted by ${target.shiftBy}: nothing is committed there; name an offset, or leave the partition out`,
  );
}
