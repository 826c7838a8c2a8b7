import { defineStatement } from '#postgres';
import { pendingEvent, type PendingEvent } from '../move/pending-event.js';
import { eventColumns } from './event-columns.js';

/** An event of another server; `known` = it was moved, or waits, or was discarded: it must not be moved again. */
export interface ForeignRow {
  readonly event: PendingEvent;
  readonly known: boolean;
  /** The server on which it was written: the same for all rows that come together. */
  readonly origin: string;
}

/**
 * Events that were written on another server and came here as data (a restore, a logical replica). Their transaction ids
 * mean nothing here. $1 shards · $2 incarnation of this server · $3 most rows. None while a subscription feeds the table.
 */
export const readForeign = defineStatement<
  [shards: readonly number[], incarnation: string, mostRows: number],
  ForeignRow
>({
  name: 'read_foreign',
  text: (schema) => `
    select
      ${eventColumns('event')}, event.deliver_at,
      exists (
        select from ${schema}.outbox_batches as moved
        where int8range(moved.first_id, moved.last_id, '[]') @> event.id and event.id = any (moved.ids)
          and moved.incarnation = event.incarnation
      )
      or exists (
        select from ${schema}.outbox_delayed as delayed
        where delayed.id = event.id and delayed.event_id = event.event_id
      )
      or exists (
        select from ${schema}.outbox_parked as parked
        where parked.id = event.id and parked.event_id = event.event_id
      ) as known,
      event.incarnation as origin
    from (
      select event.*, min(event.incarnation) over () as first_origin
      from unnest($1::int[]) as wanted(shard)
      join ${schema}.outbox_events as event
        on event.shard = wanted.shard and (event.incarnation < $2 or event.incarnation > $2)
      where not ${schema}.is_outbox_fed()
      order by event.incarnation, event.id
      limit $3
    ) as event
    where event.incarnation = event.first_origin
    order by event.id`,
  mapRow: (row) => ({
    event: pendingEvent(row),
    known: row.known as boolean,
    origin: row.origin as string,
  }),
});
