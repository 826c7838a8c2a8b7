import { defineStatement } from '#postgres';

/** Deletes delayed events that were released. Nobody reads them any more: the cursors are behind them. */
export const pruneDelayed = defineStatement<[]>({
  name: 'prune_delayed',
  text: (schema) => `
    delete from ${schema}.outbox_delayed as delayed
    using generate_series(0, 63) as shard(number)
    cross join lateral (
      select cursor.due_at, cursor.due_id from ${schema}.outbox_cursors as cursor
      where cursor.shard = shard.number order by cursor.number desc limit 1
    ) as last
    where delayed.shard = shard.number and (delayed.due_at, delayed.id) <= (last.due_at, last.due_id)`,
});

/** The same for some shards whose locks are held. $1 shards · $2 and $3 up to which time and id they were released. */
export const forgetReleased = defineStatement<
  [shards: readonly number[], dueAts: readonly number[], ids: readonly bigint[]]
>({
  name: 'forget_released',
  text: (schema) => `
    delete from ${schema}.outbox_delayed as delayed
    using unnest($1::int[], $2::bigint[], $3::bigint[]) as released(shard, due_at, id)
    where delayed.shard = released.shard and (delayed.due_at, delayed.id) <= (released.due_at, released.id)`,
});
