import { bind, type Database } from '#postgres';
import { retryKeys } from '../sql/release-keys.js';
import { explainNothing } from './explain-nothing.js';
import type { OperateOptions, ParkedFilter } from './operate-options.js';
import { resolveFilter } from './outbox-filter.js';
import { reachOf, type Reach } from './reach.js';
import { readParkedKeys, type ParkedKey } from './sql/read-parked-keys.js';
import type { WaitingEvent } from './waiting-event.js';
import { walkShard, type Walk } from './walk.js';

/** Before every topic number. */
const FIRST_TOPIC = -1;

/**
 * Has relays try parked keys at once, FAILED ones too, as if for the first time. Without a filter: all of them.
 *
 * @returns the event at the head of each key, which the others of the key wait for
 * @throws PostamtError INVALID_VALUE where an event was named that waits behind no failure; UNKNOWN_TOPIC_OR_PARTITION;
 * TIMED_OUT where relays hold a shard for long: what was done before stays done
 *
 * @example
 * const tried = await retryParked(db, { topic: 'incidents', status: 'FAILED' });
 */
export async function retryParked(
  db: Database,
  filter: ParkedFilter = {},
  options: OperateOptions = {},
): Promise<readonly WaitingEvent[]> {
  const resolved = await resolveFilter(db, filter);
  const tally = { ...options, events: [] as WaitingEvent[] };
  for (const reach of await reachOf(db, resolved, { delayed: false }))
    await walkShard(db, reach.shard, keysOf(reach, filter.status), tally);
  if (tally.events.length === 0 && resolved.eventId !== null)
    await explainNothing(db, resolved.eventId, 'retried');
  return tally.events;
}

function keysOf(
  { shard, topicNumber, lane }: Reach,
  status: string | undefined,
): Walk<ParkedKey> {
  return {
    read: (runner, after, most) =>
      runner.run(readParkedKeys, [
        shard,
        topicNumber,
        lane,
        status ?? null,
        after?.lane.topicNumber ?? FIRST_TOPIC,
        after?.lane.lane ?? Buffer.alloc(0),
        most,
      ]),
    statements: (keys) => [
      bind(retryKeys, [
        keys.map((key) => key.lane.topicNumber),
        keys.map((key) => key.lane.lane),
      ]),
    ],
    event: (key) => key.head,
    hasMore: (keys, most) => keys.length === most,
  };
}
