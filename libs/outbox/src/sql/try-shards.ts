import { defineStatement } from '#postgres';

/**
 * Step 1 of a move: tries the locks of shards and says which it got. $1 shards, $2 their locks' keys. Alone in its
 * statement: what is read next must see a snapshot that was taken once the lock was held.
 */
export const tryShards = defineStatement<
  [shards: readonly number[], keys: readonly bigint[]],
  number
>({
  name: 'try_shards',
  text: () => `
    select wanted.shard from unnest($1::int[], $2::bigint[]) as wanted(shard, key)
    where pg_try_advisory_xact_lock(wanted.key)`,
  mapRow: (row) => row.shard as number,
});
