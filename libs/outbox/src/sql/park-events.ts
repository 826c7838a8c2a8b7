import { defineStatement } from '#postgres';

type Values = [
  shards: readonly number[],
  ids: readonly bigint[],
  lanes: readonly Buffer[],
  eventIds: readonly string[],
];

/** Puts events to those that wait behind a failure, in the order given. $1 shards · $2 ids · $3 their lanes · $4 the events' own ids: rows of another server may bear the same ids. */
function parkFrom(table: 'outbox_events' | 'outbox_delayed') {
  return defineStatement<Values>({
    name: `park_${table}`,
    text: (schema) => `
      insert into ${schema}.outbox_parked
        (topic_number, lane, id, shard, event_id, timestamp, written_at, key, value, headers)
      select
        event.topic_number, wanted.lane, event.id, event.shard, event.event_id, event.timestamp, event.written_at,
        event.key, event.value, event.headers
      from unnest($1::int[], $2::bigint[], $3::bytea[], $4::uuid[]) with ordinality as wanted(shard, id, lane, event_id, place)
      join ${schema}.${table} as event on event.shard = wanted.shard and event.id = wanted.id and event.event_id = wanted.event_id
      order by wanted.place`,
  });
}

/** By the table that the events come from. */
export const parkEvents = {
  outbox_events: parkFrom('outbox_events'),
  outbox_delayed: parkFrom('outbox_delayed'),
};
