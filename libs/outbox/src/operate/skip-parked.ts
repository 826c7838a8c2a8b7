import type { Database } from '#postgres';
import { parkedWalk } from './discard-walks.js';
import { explainNothing } from './explain-nothing.js';
import type { DiscardOptions, ParkedFilter } from './operate-options.js';
import { resolveFilter } from './outbox-filter.js';
import { reachOf } from './reach.js';
import type { WaitingEvent } from './waiting-event.js';
import { walkShard } from './walk.js';

/**
 * Discards, of each parked key, the event that failed, and has relays try the rest of the key at once. An event that has
 * come to the head of its key and was not tried since is not skipped: who skips a key twice in a row discards one event.
 *
 * @returns the events that were discarded
 * @throws PostamtError KEY_PARKED where an event was named that waits behind another one; INVALID_VALUE where it waits
 * behind no failure; UNKNOWN_TOPIC_OR_PARTITION; TIMED_OUT where relays hold a shard for long: what was done before stays
 * done
 *
 * @example
 * await skipParked(db, { key: 'order-7' }, { keep: (events) => appendToFile(events) });
 */
export async function skipParked(
  db: Database,
  filter: ParkedFilter = {},
  options: DiscardOptions = {},
): Promise<readonly WaitingEvent[]> {
  const resolved = await resolveFilter(db, filter);
  const tally = { ...options, events: [] as WaitingEvent[] };
  const { eventId, key } = resolved;
  const { by } = options;
  for (const reach of await reachOf(db, resolved, { delayed: false })) {
    const meant = { reach, eventId, key, status: filter.status, by };
    await walkShard(db, reach.shard, parkedWalk(meant, true), tally);
  }
  if (tally.events.length === 0 && eventId !== null)
    await explainNothing(db, eventId, 'skipped');
  return tally.events;
}
