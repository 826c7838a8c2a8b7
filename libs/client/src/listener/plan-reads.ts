import type { LaneState } from './lane.js';

/** What is to be known of a lane to read for it. */
export interface ReadableLane {
  readonly state: LaneState;
  readonly readNotBefore: number;
  readonly ahead: { readonly bytes: number; readonly mayHaveMore: boolean };
}

export interface ReadLimits {
  /** About how many bytes are read of one partition at once; of each less than twice as much is held. */
  readonly laneBytes: number;
  /** The most bytes to be held of all. */
  readonly totalBytes: number;
  readonly now: number;
}

/** Lanes to be read at once, and how many bytes of all together. */
export interface ReadPlan<L> {
  readonly lanes: readonly L[];
  readonly maxBytes: number;
}

/** A lane that holds so many times what one read gives goes along with another one that holds less. */
const SOON = 1.25;

/**
 * Which lanes to read now, once one of which the log may have more holds less than one read gives: that one, and with it
 * those that will soon, since few large reads cost less than many small ones. The emptiest come first: the bytes are
 * given out in this order. Where others hold all that may be held, one that has nothing gets a batch all the same: those
 * others may be waiting after a failure for long.
 */
export function planReads<L extends ReadableLane>(
  lanes: Iterable<L>,
  limits: ReadLimits,
): ReadPlan<L> {
  const { laneBytes, totalBytes, now } = limits;
  let held = 0;
  let isDue = false;
  const wanted: L[] = [];
  for (const lane of lanes) {
    const { bytes } = lane.ahead;
    held += bytes;
    if (!isWanting(lane, now) || bytes >= laneBytes * SOON) continue;
    wanted.push(lane);
    isDue ||= bytes < laneBytes;
  }
  const left = totalBytes - held;
  const isFull = left <= 0;
  const chosen = isFull
    ? wanted.filter(({ ahead }) => ahead.bytes === 0)
    : wanted;
  return {
    lanes: isDue ? chosen.sort((a, b) => a.ahead.bytes - b.ahead.bytes) : [],
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
