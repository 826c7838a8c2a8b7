import { defineStatement } from '#postgres';
import { pendingEvent, type PendingEvent } from '../move/pending-event.js';
import { eventColumns } from './event-columns.js';

/** An event of another server; `known` = it was moved, or waits, or was discarded: it must not be moved again. */
export interface ForeignRow {
  readonly event: PendingEvent;
  readonly known: boolean;
}

/** Whether a subscription writes into the outbox: then its rows are another server's affair. */
export const fedBySubscription = (schema: string) => `
  exists (
    select from pg_subscription_rel as fed
    join pg_subscription as subscription on subscription.oid = fed.srsubid
    where subscription.subenabled
      and fed.srrelid in (
        select '${schema}.outbox_events'::regclass
        union all
        select inhrelid from pg_inherits where inhparent = '${schema}.outbox_events'::regclass
      )
  )`;

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
      )
      or exists (select from ${schema}.outbox_delayed as delayed where delayed.id = event.id)
      or exists (select from ${schema}.outbox_parked as parked where parked.id = event.id) as known
    from (
      select event.*
      from unnest($1::int[]) as wanted(shard)
      join ${schema}.outbox_events as event
        on event.shard = wanted.shard and (event.incarnation < $2 or event.incarnation > $2)
      where not ${fedBySubscription(schema)}
      order by event.id
      limit $3
    ) as event
    order by event.id`,
  mapRow: (row) => ({
    event: pendingEvent(row),
    known: row.known as boolean,
  }),
});
