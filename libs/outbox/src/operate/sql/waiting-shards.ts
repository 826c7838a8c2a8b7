import { defineStatement } from '#postgres';

/** The shards in which something is parked or delayed. $1 whether those with delayed events only count. */
export const waitingShards = defineStatement<[delayedToo: boolean], number>({
  name: 'waiting_shards',
  text: (schema) => `
    select shard.number as shard
    from generate_series(0, 63) as shard(number)
    where exists (select from ${schema}.outbox_parked_keys as parked where parked.shard = shard.number)
      or $1::boolean
        and exists (select from ${schema}.outbox_delayed as delayed where delayed.shard = shard.number)
    order by shard.number`,
  mapRow: (row) => row.shard as number,
});
