import { MOST_LOCKS } from '#postgres';
import { partitionForKey } from '#records';
import type { Topic } from '#log';
import type { PendingEvent } from './pending-event.js';

/**
 * The leading events that go to no more partitions than a transaction may lock: each is a lock, and the lock table is the
 * whole server's. What is cut off comes with the next move, as a page does.
 */
export function fittingEvents(
  events: readonly PendingEvent[],
  topics: ReadonlyMap<number, Topic>,
): readonly PendingEvent[] {
  const partitions = new Set<string>();
  for (const [at, { topicNumber, key }] of events.entries()) {
    const count = topics.get(topicNumber)?.partitions.length ?? 1;
    const index = key ? partitionForKey(key, count) : 'sticky';
    partitions.add(`${topicNumber}-${index}`);
    if (partitions.size > MOST_LOCKS) return events.slice(0, at);
  }
  return events;
}
