import { defineStatement } from '#postgres';

type Lanes = [topicNumbers: readonly number[], lanes: readonly Buffer[]];

/** Deletes parked events that were moved, or are discarded. $1 topic numbers · $2 lanes · $3 places. */
export const unparkEvents = defineStatement<
  [...Lanes, places: readonly bigint[]]
>({
  name: 'unpark_events',
  text: (schema) => `
    delete from ${schema}.outbox_parked as parked
    using unnest($1::int[], $2::bytea[], $3::bigint[]) as gone(topic_number, lane, place)
    where parked.topic_number = gone.topic_number and parked.lane = gone.lane and parked.place = gone.place`,
});

/** Lets keys flow again behind which nothing waits any more. $1 topic numbers · $2 lanes. */
export const releaseKeys = defineStatement<Lanes>({
  name: 'release_keys',
  text: (schema) => `
    delete from ${schema}.outbox_parked_keys as parked
    using unnest($1::int[], $2::bytea[]) as done(topic_number, lane)
    where parked.topic_number = done.topic_number and parked.lane = done.lane
      and not exists (
        select from ${schema}.outbox_parked as waiting
        where waiting.topic_number = done.topic_number and waiting.lane = done.lane
      )`,
});

/** Has keys tried at once, as if for the first time. $1 topic numbers · $2 lanes. */
export const retryKeys = defineStatement<Lanes>({
  name: 'retry_keys',
  text: (schema) => `
    update ${schema}.outbox_parked_keys as parked
    set attempts = 0, next_attempt_at = (extract(epoch from clock_timestamp()) * 1000)::bigint
    from unnest($1::int[], $2::bytea[]) as due(topic_number, lane)
    where parked.topic_number = due.topic_number and parked.lane = due.lane`,
});

/**
 * Notes why keys stay parked. $1 topic numbers · $2 lanes · $3 codes · $4 reasons · $5 whether another event is at the
 * head now, whose first failure this is · $6 most attempts · $7 milliseconds until the next.
 */
export const noteFailures = defineStatement<
  [
    ...Lanes,
    codes: readonly string[],
    reasons: readonly string[],
    anew: readonly boolean[],
    maxAttempts: number,
    backoffMs: number,
  ]
>({
  name: 'note_failures',
  text: (schema) => `
    update ${schema}.outbox_parked_keys as parked
    set code = failed.code, reason = failed.reason,
      attempts = case when failed.anew then 1 else parked.attempts end,
      next_attempt_at = case
        when not failed.anew then parked.next_attempt_at
        when $6::int > 1 then (extract(epoch from clock_timestamp()) * 1000)::bigint + $7::bigint
      end
    from unnest($1::int[], $2::bytea[], $3::text[], $4::text[], $5::boolean[])
      as failed(topic_number, lane, code, reason, anew)
    where parked.topic_number = failed.topic_number and parked.lane = failed.lane`,
});
