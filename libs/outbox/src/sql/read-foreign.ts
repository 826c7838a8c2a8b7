import { defineStatement } from '#postgres';
import { pendingEvent, type PendingEvent } from '../relay/pending-event.js';

/**
 * Events that were written on another server and came here as data (a restore, a logical replica) before they were
 * moved: those of a shard that stand in no batch. Their transaction ids mean nothing here. $1 shards · $2 incarnation of
 * this server · $3 most rows. Read when a shard is moved for the first time on this server.
 */
export const readForeign = defineStatement<
  [shards: readonly number[], incarnation: string, mostRows: number],
  PendingEvent
>({
  name: 'read_foreign',
  text: (schema) => `
    select
      event.id, event.shard, event.event_id, event.topic_number, event.timestamp, event.key, event.value, event.headers
    from ${schema}.outbox_events as event
    where event.shard = any ($1::int[]) and event.incarnation <> $2
      and not exists (
        select from ${schema}.outbox_batches as moved
        where int8range(moved.first_id, moved.last_id, '[]') @> event.id and event.id = any (moved.ids)
      )
    order by event.id
    limit $3`,
  mapRow: pendingEvent,
});
