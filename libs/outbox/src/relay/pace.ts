import { SHARD_COUNT } from '../shard.js';
import type { Moved } from '../move/move.js';
import type { MoveLimits } from '../move/move-limits.js';

/** How many shards a move takes at once. Many while little is pending: one batch a partition, one COMMIT. */
export interface Pace {
  readonly shards: number;
}

export const FULL_PACE: Pace = { shards: SHARD_COUNT };

const MOST_ROWS = 20_000;
const MOST_PARKED_KEYS = 500;
const MOST_BYTES = 32 * 1024 * 1024;

/**
 * What one move of this pace may read. A page sorts what is left of its shard's difference, so that few large pages of
 * one shard are cheaper than many small ones of all.
 */
export function limitsOf(pace: Pace): MoveLimits {
  return {
    // One after a failure: what fails then fails alone.
    parkedKeys: pace.shards === 1 ? 1 : MOST_PARKED_KEYS,
    rowsPerShard: Math.ceil(MOST_ROWS / pace.shards),
    bytesPerShard: Math.ceil(MOST_BYTES / pace.shards),
  };
}

/** The next pace: fewer shards at once when pages were cut, one when a move failed (so that it fails alone), else more. */
export function nextPace(
  pace: Pace,
  result: Pick<Moved, 'cut'> | 'failed',
): Pace {
  if (result === 'failed') return { shards: 1 };
  if (result.cut.length > 0) return { shards: Math.max(1, pace.shards >> 2) };
  return { shards: Math.min(SHARD_COUNT, pace.shards * 2) };
}
