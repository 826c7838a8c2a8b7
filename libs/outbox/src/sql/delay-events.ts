import { defineStatement } from '#postgres';

/** Puts events whose time has not come to those that wait for it. $1 shards · $2 ids · $3 the events' own ids. */
export const delayEvents = defineStatement<
  [
    shards: readonly number[],
    ids: readonly bigint[],
    eventIds: readonly string[],
  ]
>({
  name: 'delay_events',
  text: (schema) => `
    insert into ${schema}.outbox_delayed
      (shard, due_at, id, event_id, topic_number, timestamp, written_at, key, value, headers)
    select
      event.shard, event.deliver_at, event.id, event.event_id, event.topic_number, event.timestamp, event.written_at,
      event.key, event.value, event.headers
    from unnest($1::int[], $2::bigint[], $3::uuid[]) as wanted(shard, id, event_id)
    join ${schema}.outbox_events as event on event.shard = wanted.shard and event.id = wanted.id and event.event_id = wanted.event_id`,
});
