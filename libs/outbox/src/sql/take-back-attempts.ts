import { defineStatement } from '#postgres';

/**
 * Takes attempts back that were counted and were not the keys' fault; the shards' locks are held. $1 topic numbers ·
 * $2 lanes · $3 shards · $4 milliseconds until the next, where the attempt was the last one.
 */
export const takeBackAttempts = defineStatement<
  [
    topicNumbers: readonly number[],
    lanes: readonly Buffer[],
    shards: readonly number[],
    backoffMs: number,
  ]
>({
  name: 'take_back_attempts',
  text: (schema) => `
    update ${schema}.outbox_parked_keys as parked
    set attempts = greatest(0, parked.attempts - 1),
      next_attempt_at = coalesce(
        parked.next_attempt_at,
        (extract(epoch from clock_timestamp()) * 1000)::bigint + $4::bigint
      )
    from unnest($1::int[], $2::bytea[]) as tried(topic_number, lane)
    where parked.topic_number = tried.topic_number and parked.lane = tried.lane and parked.shard = any ($3::int[])`,
});
