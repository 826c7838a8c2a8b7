import { PostamtError } from '#kernel';

/** Goes back by so much of time: to the first record since then (KIP-1106). */
export interface ResetByDuration {
  /** In milliseconds. */
  readonly durationMs: number;
}

/**
 * Where a consumer begins in a partition that nothing else says it of (`auto.offset.reset`): at its start, behind its
 * end, at the first record of the last so many milliseconds; or `none`, which is an error.
 */
export type AutoOffsetReset = 'earliest' | 'latest' | 'none' | ResetByDuration;

/** What {@link AutoOffsetReset} means now; a number is a time in milliseconds since 1970. */
export type ResetTarget = 'earliest' | 'latest' | 'none' | number;

/** A duration is taken off the time at which a position is wanted. */
export function resetTarget(
  reset: AutoOffsetReset,
  now: number = Date.now(),
): ResetTarget {
  return typeof reset === 'string'
    ? reset
    : Math.max(now - reset.durationMs, 0);
}

/** @throws PostamtError INVALID_CONFIG */
export function requireReset(reset: AutoOffsetReset): void {
  if (reset === 'earliest' || reset === 'latest' || reset === 'none') return;
  const milliseconds = (reset as Partial<ResetByDuration> | null)?.durationMs;
  if (Number.isSafeInteger(milliseconds) && (milliseconds as number) >= 0)
    return;
  throw new PostamtError(
    'INVALID_CONFIG',
    `autoOffsetReset is ${JSON.stringify(reset)}: give earliest, latest, none or { durationMs: 3_600_000 }`,
  );
}
