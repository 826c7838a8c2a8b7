import { performance } from 'node:perf_hooks';
import { backoffMs, PostamtError } from '#kernel';
import { listOffsets, type Catalogue, type OffsetAt } from '#log';
import type { Database } from '#postgres';
import { timeBefore } from '../progress/offset-reset.js';
import type { PartitionTrack, PositionReset } from './partition-track.js';

const RETRY = { initialMs: 100, maxMs: 30_000 };

/**
 * Sets those partitions whose position is not known to where they are to begin. One for which nothing says where, or
 * whose look-up failed, has a failure for `poll` to throw, and is tried again later.
 *
 * @throws PostamtError POSTGRES_UNAVAILABLE; INVALID_VALUE for a time that is none
 */
export async function lookUpPositions(
  db: Database,
  catalogue: Catalogue,
  tracks: readonly PartitionTrack[],
): Promise<void> {
  const now = performance.now();
  const due = tracks.filter(
    ({ position, notBefore }) => position === undefined && notBefore <= now,
  );
  for (const track of due) if (track.reset === undefined) failUnset(track);
  const asked = await askedFor(db, due);
  if (asked.length === 0) return;
  const listed = await listOffsets(
    db,
    catalogue,
    asked.map(({ track, at }) => ({
      topic: track.topic,
      partition: track.partition,
      at,
    })),
  );
  const late: PartitionTrack[] = [];
  for (const [n, { track, reset }] of asked.entries()) {
    // Set elsewhere meanwhile.
    if (track.reset !== reset) continue;
    const { offset = -1n, error } = listed[n] ?? {};
    if (error) track.fail(error, retryAt(track));
    else if (offset >= 0n) track.seek(offset);
    else late.push(track);
  }
  // No record is as late as the time that was asked for.
  for (const track of late) track.seekTo('latest');
  if (late.length > 0) await lookUpPositions(db, catalogue, late);
}

/** What is to be looked up for those of which something says where they begin. */
async function askedFor(db: Database, tracks: readonly PartitionTrack[]) {
  const times = new Map<PositionReset, OffsetAt>();
  const asked: { track: PartitionTrack; reset: PositionReset; at: OffsetAt }[] =
    [];
  for (const track of tracks) {
    const { reset } = track;
    if (reset === undefined) continue;
    const at =
      typeof reset === 'object'
        ? (times.get(reset) ?? (await timeBefore(db, reset)))
        : reset;
    times.set(reset, at);
    asked.push({ track, reset, at });
  }
  return asked;
}

function failUnset(track: PartitionTrack): void {
  const error = new PostamtError(
    'OFFSET_OUT_OF_RANGE',
    `nothing says where to begin in ${track.topic}-${track.partition}: seek to an offset, or set autoOffsetReset to earliest or latest`,
  );
  track.fail(error, retryAt(track));
}

/** When a partition that has failed once more is to be tried again, on the clock of `performance.now()`. */
export function retryAt(track: PartitionTrack): number {
  return performance.now() + backoffMs(RETRY, track.failures + 1);
}
