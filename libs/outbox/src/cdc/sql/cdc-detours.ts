import { bind, defineStatement, type BoundStatement } from '#postgres';
import { laneOf, type Lane } from '../../move/lane.js';
import type { PendingEvent } from '../../move/pending-event.js';

type Column = readonly unknown[];

/**
 * Writes events into the outbox's table, as a publish does, in the order given. $1 event ids · $2 shards · $3 topic
 * numbers · $4 timestamps · $5 keys · $6 values · $7 headers.
 */
const detourEvents = defineStatement<
  [Column, Column, Column, Column, Column, Column, Column]
>({
  name: 'cdc_detour_events',
  text: (schema) => `
    insert into ${schema}.outbox_events (event_id, shard, topic_number, timestamp, key, value, headers)
    select event_id, shard, topic_number, timestamp, key, value, headers::jsonb
    from unnest($1::uuid[], $2::smallint[], $3::int[], $4::bigint[], $5::bytea[], $6::bytea[], $7::text[])
      with ordinality as event(event_id, shard, topic_number, timestamp, key, value, headers, place)
    order by place`,
});

/** Notes that the later events of keys go the same way. $1 slot · $2 topic numbers · $3 lanes · $4 keys. */
const noteDetours = defineStatement<[slot: string, Column, Column, Column]>({
  name: 'cdc_note_detours',
  text: (schema) => `
    insert into ${schema}.outbox_cdc_detours (slot, topic_number, lane, key)
    select distinct on (topic_number, lane) $1, topic_number, lane, key
    from unnest($2::int[], $3::bytea[], $4::bytea[]) as detour(topic_number, lane, key)
    on conflict on constraint outbox_cdc_detours_pkey do update set since = clock_timestamp()`,
});

/** Deletes detours that are over, if they are still those that were read. $1 slot · $2 topic numbers · $3 lanes · $4 since when. */
export const endDetours = defineStatement<
  [slot: string, Column, Column, Column]
>({
  name: 'cdc_end_detours',
  text: (schema) => `
    delete from ${schema}.outbox_cdc_detours as detour
    using unnest($2::int[], $3::bytea[], $4::timestamptz[]) as over(topic_number, lane, since)
    where detour.slot = $1 and detour.topic_number = over.topic_number and detour.lane = over.lane
      and detour.since = over.since`,
});

/** Where the events of a key are that went by the table: all in the log, on their way, or behind a failure. */
export type DetourState = 'over' | 'flowing' | 'stuck';

/** Reads detours, and what of their keys still waits in the outbox, for whatever topic. $1 slot. */
export const readDetours = defineStatement<
  [slot: string],
  Lane & { readonly since: string; readonly state: DetourState }
>({
  name: 'cdc_read_detours',
  text: (schema) => `
    with waiting as materialized (
      select key, bool_or(status <> 'PENDING') as stuck
      from ${schema}.outbox
      where exists (select from ${schema}.outbox_cdc_detours where slot = $1)
        and status in ('PENDING', 'DELAYED', 'PARKED', 'FAILED')
      group by key
    )
    select detour.topic_number, detour.lane, detour.since::text,
      case when waiting.stuck then 'stuck' when waiting.stuck is null then 'over' else 'flowing' end as state
    from ${schema}.outbox_cdc_detours as detour
    left join waiting on waiting.key = detour.key
    where detour.slot = $1`,
  mapRow: (row) => ({
    topicNumber: row.topic_number as number,
    lane: row.lane as Buffer,
    since: row.since as string,
    state: row.state as DetourState,
  }),
});

/** What writes events into the outbox's table, and has those of the same keys follow them. */
export function detourStatements(
  slot: string,
  events: readonly PendingEvent[],
): BoundStatement[] {
  if (events.length === 0) return [];
  const keyed = events.filter(({ key }) => key !== null);
  const lanes = keyed.map(laneOf);
  return [
    bind(detourEvents, [
      events.map(({ eventId }) => eventId),
      events.map(({ shard }) => shard),
      events.map(({ topicNumber }) => topicNumber),
      events.map(({ timestamp }) => timestamp),
      events.map(({ key }) => key),
      events.map(({ value }) => value),
      events.map(({ headers }) => headers && JSON.stringify(headers)),
    ]),
    bind(noteDetours, [
      slot,
      lanes.map(({ topicNumber }) => topicNumber),
      lanes.map(({ lane }) => lane),
      keyed.map(({ key }) => key),
    ]),
  ];
}
