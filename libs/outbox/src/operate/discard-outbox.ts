import type { Database } from '#postgres';
import { delayedWalk, parkedWalk } from './discard-walks.js';
import { explainNothing } from './explain-nothing.js';
import type { DiscardFilter, DiscardOptions } from './operate-options.js';
import { resolveFilter } from './outbox-filter.js';
import { reachOf } from './reach.js';
import type { WaitingEvent } from './waiting-event.js';
import { walkShard } from './walk.js';

/**
 * Discards events that wait: delayed ones, parked ones, failed ones. They are never published; `postamt.outbox` shows them
 * as DISCARDED for as long as the events around them. What is PENDING cannot be discarded: a relay may be moving it.
 *
 * @returns the events that were discarded
 * @throws PostamtError INVALID_VALUE where an event was named that does not wait; UNKNOWN_TOPIC_OR_PARTITION; TIMED_OUT where
 * relays hold a shard for long: what was done before stays done
 *
 * @example
 * await discardOutbox(db, { topic: 'reminders', status: 'DELAYED' }, { dryRun: true });
 */
export async function discardOutbox(
  db: Database,
  filter: DiscardFilter = {},
  options: DiscardOptions = {},
): Promise<readonly WaitingEvent[]> {
  const { status } = filter;
  const resolved = await resolveFilter(db, filter);
  const tally = { ...options, events: [] as WaitingEvent[] };
  const { eventId, key } = resolved;
  const { by } = options;
  for (const reach of await reachOf(db, resolved, { delayed: true })) {
    const meant = { reach, eventId, key, status, by };
    if (status !== 'DELAYED')
      await walkShard(db, reach.shard, parkedWalk(meant, false), tally);
    if (status === undefined || status === 'DELAYED')
      await walkShard(db, reach.shard, delayedWalk(meant), tally);
  }
  if (tally.events.length === 0 && eventId !== null)
    await explainNothing(db, eventId, 'discarded');
  return tally.events;
}
