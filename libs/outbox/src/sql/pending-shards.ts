import { defineStatement } from '#postgres';

/**
 * The shards in which something waits to be moved. One statement, no lock, for the slow poll of an idle relay: a shard
 * whose cursor is paged, or that has a row which the cursor's snapshot does not see. $1 all shards.
 */
export const pendingShards = defineStatement<
  [shards: readonly number[]],
  number
>({
  name: 'pending_shards',
  text: (schema) => `
    select wanted.shard
    from unnest($1::int[]) as wanted(shard)
    left join lateral (
      select cursor.incarnation, cursor.snapshot, cursor.page_snapshot
      from ${schema}.outbox_cursors as cursor
      where cursor.shard = wanted.shard order by cursor.number desc limit 1
    ) as last on true
    where last.page_snapshot is not null
      or (
        last.incarnation is distinct from ${schema}.incarnation()
        and exists (select from ${schema}.outbox_events as event where event.shard = wanted.shard)
      )
      or exists (
        select from ${schema}.outbox_events as event
        where event.shard = wanted.shard
          and (
            event.xid >= pg_snapshot_xmax(last.snapshot)
            or event.xid = any (array(select pg_snapshot_xip(last.snapshot)))
          )
      )`,
  mapRow: (row) => row.shard as number,
});
