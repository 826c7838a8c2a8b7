import { PostamtError } from '#kernel';
import {
  isOffsetReset,
  type OffsetReset,
  type ResetByDuration,
} from '../listener/offset-reset.js';

/**
 * Where a consumer begins in a partition that nothing else says it of (`auto.offset.reset`): at its start, behind its
 * end, at the first record of the last so many milliseconds; or `none`, which is an error.
 */
export type AutoOffsetReset = OffsetReset | ResetByDuration;

/** What {@link AutoOffsetReset} means now; a number is a time in milliseconds since 1970. */
export type ResetTarget = OffsetReset | number;

/** A duration is taken off the time at which a position is wanted: this process' own, as in Kafka (KIP-1106). */
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
  if (isOffsetReset(reset)) return;
  throw new PostamtError(
    'INVALID_CONFIG',
    `autoOffsetReset is ${JSON.stringify(reset)}: give earliest, latest, none or { durationMs: 3_600_000 }`,
  );
}
