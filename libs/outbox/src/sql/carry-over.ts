import { defineStatement } from '#postgres';

/** Shards whose last cursor stands in a part that is to be cleaned. $1 part. */
export const shardsToCarry = defineStatement<[part: number], number>({
  name: 'shards_to_carry',
  text: (schema) => `
    select shard.number as shard
    from generate_series(0, 63) as shard(number)
    join lateral (
      select cursor.part from ${schema}.outbox_cursors as cursor
      where cursor.shard = shard.number order by cursor.number desc limit 1
    ) as last on last.part = $1::int`,
  mapRow: (row) => row.shard as number,
});

/** Writes the last cursors of shards once more, into the current part; their locks are held. $1 shards. */
export const carryCursors = defineStatement<[shards: readonly number[]]>({
  name: 'carry_cursors',
  text: (schema) => `
    insert into ${schema}.outbox_cursors
      (shard, number, incarnation, snapshot, page_snapshot, page_last_id, page_low_id, low_id, due_at, due_id, next_due, parked)
    select
      last.shard, last.number + 1, last.incarnation, last.snapshot, last.page_snapshot, last.page_last_id,
      last.page_low_id, last.low_id,
      last.due_at, last.due_id, last.next_due, last.parked
    from unnest($1::int[]) as wanted(shard)
    cross join lateral (
      select cursor.* from ${schema}.outbox_cursors as cursor
      where cursor.shard = wanted.shard order by cursor.number desc limit 1
    ) as last`,
});

/** Writes the last delivery once more, where it stands in a part that is to be cleaned; the sink's lock is held. $1 part. */
export const carryDelivery = defineStatement<[part: number]>({
  name: 'carry_delivery',
  text: (schema) => `
    insert into ${schema}.outbox_deliveries (number, done, ids)
    select delivery.number, delivery.done, delivery.ids
    from ${schema}.outbox_deliveries as delivery
    where delivery.part = $1::int
      and delivery.number = (select max(last.number) from ${schema}.outbox_deliveries as last)
    on conflict on constraint outbox_deliveries_pkey do nothing`,
});
