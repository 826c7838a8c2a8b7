import { defineStatement } from '#postgres';

/**
 * Counts an attempt as failed before it is made, in a transaction of its own: what fails takes its own transaction with
 * it, and may take the process. $1 topic numbers · $2 lanes · $3 most attempts · $4 milliseconds after the first ·
 * $5 most milliseconds; each wait is twice the one before.
 */
export const countAttempts = defineStatement<
  [
    topicNumbers: readonly number[],
    lanes: readonly Buffer[],
    maxAttempts: number,
    backoffMs: number,
    backoffMaxMs: number,
  ]
>({
  name: 'count_attempts',
  text: (schema) => `
    update ${schema}.outbox_parked_keys as parked
    set attempts = parked.attempts + 1,
      next_attempt_at = case
        when parked.attempts + 1 < $3::int
        then (extract(epoch from clock_timestamp()) * 1000)::bigint
          + least($5::float8, $4::float8 * 2 ^ least(parked.attempts, 40))::bigint
      end
    from unnest($1::int[], $2::bytea[]) as tried(topic_number, lane)
    where parked.topic_number = tried.topic_number and parked.lane = tried.lane`,
});
