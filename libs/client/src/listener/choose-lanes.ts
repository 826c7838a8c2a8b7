import type { LaneState } from './lane.js';

/** What is to be known of a lane to choose it. */
export interface ChoosableLane {
  readonly state: LaneState;
  readonly notBefore: number;
  readonly served: number;
  /** Chunks that are under way. */
  readonly busy: number;
  readonly ahead: { readonly isEmpty: boolean };
}

/** At most `count` lanes that have something to do and may do it now; who waited longest goes first. */
export function chooseLanes<L extends ChoosableLane>(
  lanes: Iterable<L>,
  count: number,
  now: number,
): L[] {
  const ready: L[] = [];
  for (const lane of lanes) if (isReady(lane, now)) ready.push(lane);
  return ready.sort((a, b) => a.served - b.served).slice(0, count);
}

function isReady(lane: ChoosableLane, now: number): boolean {
  return (
    lane.state === 'working' &&
    lane.busy === 0 &&
    lane.notBefore <= now &&
    !lane.ahead.isEmpty
  );
}
