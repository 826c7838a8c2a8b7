import { defineStatement } from '#postgres';

/** A shard whose lock was had, and the greatest id that had been drawn by then. */
export interface HeldShard {
  readonly shard: number;
  readonly lowId: bigint;
}

/**
 * Step 1 of a move: tries the locks of shards and says which it got. $1 shards, $2 their locks' keys. Alone in its
 * statement: what is read next must see a snapshot that was taken once the lock was held. The greatest id is read before
 * that snapshot, too.
 */
export const tryShards = defineStatement<
  [shards: readonly number[], keys: readonly bigint[]],
  HeldShard
>({
  name: 'try_shards',
  text: (schema) => `
    select wanted.shard, (select last_value - (not is_called)::int from ${schema}.outbox_event_id) as low_id
    from unnest($1::int[], $2::bigint[]) as wanted(shard, key)
    where pg_try_advisory_xact_lock(wanted.key)`,
  mapRow: (row) => ({
    shard: row.shard as number,
    lowId: BigInt(row.low_id as string),
  }),
});
