import type { PostamtError } from '#kernel';
import type { Topic } from '#log';
import { laneName, laneOf } from './lane.js';
import type { PendingEvent } from './pending-event.js';
import type { HeldEvent } from './source.js';

/** What is known when events are sorted. */
export interface SortingFacts {
  readonly topics: ReadonlyMap<number, Topic>;
  /** Names of the lanes that are parked. */
  readonly parked: ReadonlySet<string>;
  /** The time of each shard, in milliseconds since 1970. */
  readonly nowMs: ReadonlyMap<number, number>;
  /** Why an event cannot be taken, where that is known before it is sent. */
  readonly refusal: (
    event: PendingEvent,
    topic: Topic | undefined,
  ) => PostamtError | undefined;
}

/** Events, sorted: what is to be shipped, what waits for its time, what waits behind a failure; each in order. */
export interface SortedEvents {
  readonly ship: readonly PendingEvent[];
  readonly delayed: readonly PendingEvent[];
  readonly held: readonly HeldEvent[];
}

/** Sorts events. One that is refused holds up the later ones of its lane, and nobody else's. */
export function sortEvents(
  events: readonly PendingEvent[],
  facts: SortingFacts,
): SortedEvents {
  const parked = new Set(facts.parked);
  const ship: PendingEvent[] = [];
  const delayed: PendingEvent[] = [];
  const held: HeldEvent[] = [];
  for (const event of events) {
    const now = facts.nowMs.get(event.shard) ?? 0;
    if ((event.deliverAt ?? 0) > now) {
      delayed.push(event);
      continue;
    }
    if (parked.size > 0 && parked.has(laneName(laneOf(event)))) {
      held.push({ event, error: undefined });
      continue;
    }
    const error = facts.refusal(event, facts.topics.get(event.topicNumber));
    if (!error) {
      ship.push(event);
      continue;
    }
    parked.add(laneName(laneOf(event)));
    held.push({ event, error });
  }
  return { ship, delayed, held };
}

/** What is left when a sink has refused some more of what was to be shipped. */
export function withRefusals(
  sorted: SortedEvents,
  refused: ReadonlyMap<bigint, PostamtError>,
): SortedEvents {
  if (refused.size === 0) return sorted;
  const lanes = new Set<string>();
  const ship: PendingEvent[] = [];
  const more: HeldEvent[] = [];
  for (const event of sorted.ship) {
    const lane = laneName(laneOf(event));
    const error = refused.get(event.id);
    if (lanes.has(lane)) more.push({ event, error: undefined });
    else if (error) more.push({ event, error });
    else ship.push(event);
    if (error) lanes.add(lane);
  }
  // Whatever of a lane was to be shipped comes before what was held.
  const before = sorted.held.map((each) =>
    lanes.has(laneName(laneOf(each.event)))
      ? { ...each, error: undefined }
      : each,
  );
  return { ...sorted, ship, held: [...more, ...before] };
}
