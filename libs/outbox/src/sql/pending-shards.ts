import { defineStatement } from '#postgres';
import { fedBySubscription } from './read-foreign.js';

/** A shard in which something is to be done, now or at a time that is known. */
export interface PendingShard {
  readonly shard: number;
  readonly pending: boolean;
  /** Rows of another server stand in it. */
  readonly foreign: boolean;
  /** In how many milliseconds something that waits is due; 0 = now; undefined = nothing waits. */
  readonly dueInMs: number | undefined;
}

/**
 * The shards in which something waits to be moved. One statement, no lock, for the slow poll of an idle relay: a shard
 * whose cursor is paged, that has a row which the cursor's snapshot does not see or one of another server, or in which
 * something delayed or parked is due some time. $1 all shards.
 */
export const pendingShards = defineStatement<
  [shards: readonly number[]],
  PendingShard
>({
  name: 'pending_shards',
  text: (schema) => `
    select looked.* from (
      select
        wanted.shard,
        last.page_snapshot is not null
        or exists (
          select from ${schema}.outbox_events as event
          where event.shard = wanted.shard and event.incarnation = here.incarnation
            and event.xid >= case
              when last.incarnation = here.incarnation then pg_snapshot_xmax(last.snapshot) else '0'::xid8
            end
        )
        or exists (
          select from ${schema}.outbox_events as event
          where event.shard = wanted.shard and event.incarnation = here.incarnation
            and event.xid = any (array(select pg_snapshot_xip(last.snapshot)))
        ) as pending,
        not here.is_fed and exists (
          select from ${schema}.outbox_events as event
          where event.shard = wanted.shard
            and (event.incarnation < here.incarnation or event.incarnation > here.incarnation)
        ) as "foreign",
        case when last.next_due is not null then
          greatest(0, last.next_due - (extract(epoch from clock_timestamp()) * 1000)::bigint)
        end as due_in
      from unnest($1::int[]) as wanted(shard)
      cross join (
        select ${schema}.incarnation() as incarnation, ${fedBySubscription(schema)} as is_fed offset 0
      ) as here
      left join lateral (
        select cursor.incarnation, cursor.snapshot, cursor.page_snapshot, cursor.next_due
        from ${schema}.outbox_cursors as cursor
        where cursor.shard = wanted.shard order by cursor.number desc limit 1
      ) as last on true
    ) as looked
    where looked.pending or looked."foreign" or looked.due_in is not null`,
  mapRow: (row) => ({
    shard: row.shard as number,
    pending: row.pending as boolean,
    foreign: row.foreign as boolean,
    dueInMs: row.due_in === null ? undefined : Number(row.due_in),
  }),
});
