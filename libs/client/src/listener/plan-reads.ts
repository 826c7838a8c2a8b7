import type { LaneState } from './lane.js';

/** What is to be known of a lane to read for it. */
export interface ReadableLane {
  readonly state: LaneState;
  readonly readNotBefore: number;
  readonly ahead: { readonly bytes: number; readonly mayHaveMore: boolean };
}

export interface ReadLimits {
  /** The most bytes to be held of one partition. */
  readonly laneBytes: number;
  /** The most bytes to be held of all. */
  readonly totalBytes: number;
  readonly now: number;
}

/** Lanes to be read at once, of each so many bytes at most, and of all together. */
export interface ReadPlan<L> {
  readonly reads: readonly { readonly lane: L; readonly maxBytes: number }[];
  readonly maxBytes: number;
}

/**
 * Which lanes to read now: those that hold less than half of what they may, and of which the log may have more; the
 * emptiest first, since the bytes are given out in this order. Where others hold all that may be held, one that has
 * nothing gets a batch all the same: those others may be waiting after a failure for long.
 */
export function planReads<L extends ReadableLane>(
  lanes: Iterable<L>,
  limits: ReadLimits,
): ReadPlan<L> {
  const { laneBytes, totalBytes, now } = limits;
  let held = 0;
  const wanted: L[] = [];
  for (const lane of lanes) {
    held += lane.ahead.bytes;
    if (isWanting(lane, now) && lane.ahead.bytes * 2 < laneBytes)
      wanted.push(lane);
  }
  const left = totalBytes - held;
  const chosen =
    left > 0 ? wanted : wanted.filter(({ ahead }) => ahead.bytes === 0);
  return {
    reads: chosen
      .sort((a, b) => a.ahead.bytes - b.ahead.bytes)
      .map((lane) => ({ lane, maxBytes: laneBytes - lane.ahead.bytes })),
    maxBytes: Math.max(left, 1),
  };
}

/** How long until a lane may be read that waits for a time, in milliseconds; Infinity where none does. */
export function nextReadIn(lanes: Iterable<ReadableLane>, now: number): number {
  let least = Infinity;
  for (const { state, readNotBefore, ahead } of lanes) {
    if (state !== 'working' || !ahead.mayHaveMore) continue;
    if (readNotBefore > now) least = Math.min(least, readNotBefore - now);
  }
  return least;
}

function isWanting(lane: ReadableLane, now: number): boolean {
  return (
    lane.state === 'working' &&
    lane.ahead.mayHaveMore &&
    lane.readNotBefore <= now
  );
}
