import type { PostamtError } from '#kernel';
import type { SinkEvent } from '#outbox';
import { partitionForKey } from '#records';
import type { Refusals } from './refusals.js';

/** A topic of the cluster: its partitions, or why it cannot be written. */
export type TopicState =
  { readonly partitionCount: number } | { readonly error: PostamtError };

/** The events of one partition, in the order given. */
export interface PlacedEvents {
  readonly topic: string;
  readonly topicNumber: number;
  readonly partition: number;
  readonly events: SinkEvent[];
}

/**
 * Chooses the partition of each event: murmur2 of its key over the topic's count in Kafka, as Kafka's own producers
 * have it; the events of a topic that have no key share one, found with `draw`. Those of a topic that cannot be written
 * are refused.
 *
 * @param draw a whole number from 0, less than the one given
 */
export function placeEvents(
  events: readonly SinkEvent[],
  topics: ReadonlyMap<string, TopicState>,
  refusals: Refusals,
  draw: (below: number) => number,
): PlacedEvents[] {
  const placed = new Map<string, PlacedEvents>();
  const sticky = new Map<string, number>();
  for (const event of events) {
    const { topic, topicNumber, key } = event;
    const state = topics.get(topic);
    if (!state) throw new Error(`the state of ${topic} was not read`);
    if ('error' in state) {
      refusals.refuse(event, state.error);
      continue;
    }
    if (!sticky.has(topic)) sticky.set(topic, draw(state.partitionCount));
    const partition = key
      ? partitionForKey(key, state.partitionCount)
      : (sticky.get(topic) ?? 0);
    const place = `${topic}:${partition}`;
    const there = placed.get(place);
    if (there) there.events.push(event);
    else placed.set(place, { topic, topicNumber, partition, events: [event] });
  }
  return [...placed.values()];
}
