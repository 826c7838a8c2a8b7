import { SHARD_COUNT } from '../shard.js';
import type { Moved } from '../move/move.js';
import type { MoveLimits } from '../move/move-limits.js';

/** How many shards a move takes at once: all, while nobody else wants any. */
export interface Pace {
  readonly shards: number;
}

export const FULL_PACE: Pace = { shards: SHARD_COUNT };

/** Several relays under load share the shards: none takes fewer than these at once. */
const FEWEST = SHARD_COUNT / 8;
/** What a page of a backlog is to bear, about: more cost memory, fewer round trips. */
const ROWS = 20_000;
const MOST_BYTES = 32 * 1024 * 1024;
/** By how much one shard may have more than its share. */
const SKEW = 4;
const MOST_PARKED_KEYS = 500;

/** What one move of this pace may read. */
export function limitsOf(pace: Pace): MoveLimits {
  return {
    // One after a failure: what fails then fails alone.
    parkedKeys: pace.shards === 1 ? 1 : MOST_PARKED_KEYS,
    rowsPerShard: Math.min(ROWS, Math.ceil((ROWS * SKEW) / pace.shards)),
    bytesPerShard: Math.ceil(MOST_BYTES / pace.shards),
    idsPerPage: Math.ceil((ROWS * SHARD_COUNT) / pace.shards),
  };
}

/** The next pace: one shard when a move failed (so that it fails alone), fewer while others hold some, else more. */
export function nextPace(
  pace: Pace,
  result: Pick<Moved, 'busy'> | 'failed',
): Pace {
  if (result === 'failed') return { shards: 1 };
  const shards =
    result.busy.length > 0
      ? Math.max(FEWEST, pace.shards >> 1)
      : Math.min(SHARD_COUNT, pace.shards * 2);
  return { shards };
}
