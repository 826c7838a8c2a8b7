import type { Database } from '#postgres';
import type { ResolvedFilter } from './outbox-filter.js';
import { findWaiting } from './sql/find-waiting.js';
import { waitingShards } from './sql/waiting-shards.js';

/** A shard in which something meant may wait, and how far it is narrowed down there. */
export interface Reach {
  readonly shard: number;
  readonly topicNumber: number | null;
  readonly lane: Buffer | null;
}

/** Where what a filter means can be waiting; nowhere, where the event that it names waits nowhere. */
export async function reachOf(
  db: Database,
  filter: ResolvedFilter,
  kinds: { readonly delayed: boolean },
): Promise<readonly Reach[]> {
  const { eventId, topicNumber, lane, shard } = filter;
  if (eventId !== null) {
    const places = await db.run(findWaiting, [eventId]);
    return places.filter(
      (place) =>
        (kinds.delayed || place.lane !== null) &&
        (topicNumber === null || place.topicNumber === topicNumber) &&
        (shard === null || place.shard === shard),
    );
  }
  if (shard !== null) return [{ shard, topicNumber, lane }];
  const shards = await db.run(waitingShards, [kinds.delayed]);
  return shards.map((each) => ({ shard: each, topicNumber, lane }));
}
