import { defineStatement } from '#postgres';

/**
 * Parks keys: the first attempt has failed. $1 topic numbers · $2 lanes · $3 shards · $4 keys · $5 error codes ·
 * $6 reasons · $7 most attempts · $8 milliseconds until the next.
 */
export const parkKeys = defineStatement<
  [
    topicNumbers: readonly number[],
    lanes: readonly Buffer[],
    shards: readonly number[],
    keys: readonly (Buffer | null)[],
    codes: readonly string[],
    reasons: readonly string[],
    maxAttempts: number,
    backoffMs: number,
  ]
>({
  name: 'park_keys',
  text: (schema) => `
    insert into ${schema}.outbox_parked_keys
      (topic_number, lane, shard, key, attempts, next_attempt_at, code, reason)
    select
      failed.topic_number, failed.lane, failed.shard, failed.key, 1,
      case when $7::int > 1 then (extract(epoch from clock_timestamp()) * 1000)::bigint + $8::bigint end,
      failed.code, failed.reason
    from unnest($1::int[], $2::bytea[], $3::int[], $4::bytea[], $5::text[], $6::text[])
      as failed(topic_number, lane, shard, key, code, reason)
    on conflict on constraint outbox_parked_keys_pkey do nothing`,
});
