import { defineStatement } from '#postgres';
import { SHARD_COUNT } from '../../shard.js';
import type { OutboxEventStatus } from '../waiting-event.js';

/** An event of the outbox, as the view `outbox` shows it. */
export interface ListedEvent {
  /** The outbox's own number of it. */
  readonly id: bigint;
  readonly eventId: string;
  readonly topicNumber: number;
  /** Null when the topic is gone. */
  readonly topic: string | null;
  readonly key: Buffer | null;
  /** When it happened, in milliseconds since 1970. */
  readonly timestamp: number;
  readonly status: OutboxEventStatus;
  /** Where it was published; null where it was not. */
  readonly partition: number | null;
  readonly offset: bigint | null;
  /** Before when it is not delivered, in milliseconds since 1970; null = it was not delayed. */
  readonly dueAt: number | null;
  /** How often its key was tried, when it is tried next in milliseconds since 1970, and why it failed; of parked keys. */
  readonly attempts: number | null;
  readonly nextAttemptAt: number | null;
  readonly code: string | null;
  readonly reason: string | null;
}

type Values = [
  status: string | null,
  topicNumber: number | null,
  key: Buffer | null,
  shard: number | null,
  eventId: string | null,
  after: bigint,
  most: number,
];

/** The last cursor of each shard that is meant. */
const CURSORS = (schema: string) => `
  select wanted.shard, last.incarnation, last.snapshot, last.page_snapshot, last.page_last_id, last.due_at, last.due_id
  from generate_series(0, ${SHARD_COUNT - 1}) as wanted(shard)
  left join lateral (
    select cursor.* from ${schema}.outbox_cursors as cursor
    where cursor.shard = wanted.shard order by cursor.number desc limit 1
  ) as last on true
  where $4::int is null or wanted.shard = $4::int`;

const MEANT = (table: string) => `
  ${table}.id > $6::bigint
  and ($2::int is null or ${table}.topic_number = $2::int)
  and ($3::bytea is null or ${table}.key = $3::bytea)
  and ($5::uuid is null or ${table}.event_id = $5::uuid)`;

const WANTED = (...statuses: OutboxEventStatus[]) =>
  `($1::text is null or $1::text in (${statuses.map((status) => `'${status}'`).join(', ')}))`;

const COLUMNS = (table: string) =>
  ['id', 'event_id', 'topic_number', 'key', 'timestamp']
    .map((column) => `${table}.${column}`)
    .join(', ');

/** Whether the cursor has passed the event; false where it is of another server. */
const PASSED = `
  (
    event.incarnation = cursor.incarnation
    and (
      pg_visible_in_snapshot(event.xid, cursor.snapshot)
      or coalesce(pg_visible_in_snapshot(event.xid, cursor.page_snapshot) and event.id <= cursor.page_last_id, false)
    )
  )`;

const NOTED = (schema: string) => `
  exists (
    select from ${schema}.outbox_batches as moved
    where int8range(moved.first_id, moved.last_id, '[]') @> event.id and event.id = any (moved.ids)
      and moved.incarnation = event.incarnation
  )`;

/** `offset 0` has each looked up by its id, whatever the statistics. */
const WAITS = (schema: string) => `
  (
    exists (select from (select parked.id from ${schema}.outbox_parked as parked where parked.id = event.id offset 0) as found)
    or exists (
      select from (
        select delayed.due_at, delayed.id from ${schema}.outbox_delayed as delayed where delayed.id = event.id offset 0
      ) as found
      where coalesce((found.due_at, found.id) > (cursor.due_at, cursor.due_id), false)
    )
  )`;

/** Of each shard the first ones that were moved; `offset 0` keeps the index of the order in use. */
const PUBLISHED = (schema: string) => `
  select ${COLUMNS('event')}, event.deliver_at as due_at, event.incarnation, 'PUBLISHED' as status
  from cursor
  cross join lateral (
    select event.* from ${schema}.outbox_events as event
    where event.shard = cursor.shard and ${MEANT('event')}
      and (${PASSED} or event.incarnation is distinct from cursor.incarnation and ${NOTED(schema)})
      and not ${WAITS(schema)}
      and (event.id, event.incarnation) not in (select discarded.id, discarded.incarnation from discarded)
    order by event.id limit $7
  ) as event
  where ${WANTED('PUBLISHED')}
  order by event.id limit $7`;

/** By a range of ids: nothing tells the shards of what was discarded. */
const DISCARDED = (schema: string) => `
  select ${COLUMNS('event')}, event.deliver_at as due_at, event.incarnation, 'DISCARDED' as status
  from cursor
  cross join lateral (
    select event.* from ${schema}.outbox_events as event
    where event.shard = cursor.shard and ${MEANT('event')}
      and event.id >= (select min(discarded.id) from discarded)
      and event.id <= (select max(discarded.id) from discarded)
      and (event.id, event.incarnation) in (select discarded.id, discarded.incarnation from discarded)
    order by event.id limit $7
  ) as event
  where ${WANTED('DISCARDED')}
  order by event.id limit $7`;

/** Of other servers: what stands in no batch and does not wait. A range of the index of transactions each. */
const STRANGE = (schema: string, range: string) => `
    select event.* from ${schema}.outbox_events as event
    where event.shard = cursor.shard and ${range} and ${MEANT('event')}
      and not ${NOTED(schema)}
      and not ${WAITS(schema)}`;

/** What was begun after a shard's cursor or was open then, by the index of transactions; then what is of other servers. */
const PENDING = (schema: string) => `
  select ${COLUMNS('event')}, event.deliver_at as due_at, event.incarnation, 'PENDING' as status
  from cursor
  cross join lateral (
    select event.* from ${schema}.outbox_events as event
    where event.shard = cursor.shard and event.incarnation = cursor.incarnation
      and event.xid >= pg_snapshot_xmin(cursor.snapshot)
      and not ${PASSED}
      and ${MEANT('event')}
    union all
    ${STRANGE(schema, 'event.incarnation < cursor.incarnation')}
    union all
    ${STRANGE(schema, 'event.incarnation > cursor.incarnation')}
    union all
    ${STRANGE(schema, 'cursor.incarnation is null')}
  ) as event
  where ${WANTED('PENDING')}
  order by event.id limit $7`;

const DELAYED = (schema: string) => `
  select ${COLUMNS('event')}, event.due_at, null::bigint as incarnation, 'DELAYED' as status
  from ${schema}.outbox_unreleased as event
  where ${WANTED('DELAYED')} and ${MEANT('event')}
  order by event.id limit $7`;

/** In the order of the index of ids, with key and head looked up for each row: as many rows as the page takes. */
const PARKED = (schema: string) => `
  select ${COLUMNS('event')}, null::bigint as due_at, null::bigint as incarnation,
    case when first.place = event.place and parked_key.next_attempt_at is null then 'FAILED' else 'PARKED' end as status
  from ${schema}.outbox_parked as event
  cross join lateral (
    select found.next_attempt_at from ${schema}.outbox_parked_keys as found
    where found.topic_number = event.topic_number and found.lane = event.lane
    limit 1
  ) as parked_key
  cross join lateral (
    select head.place from ${schema}.outbox_parked as head
    where head.topic_number = event.topic_number and head.lane = event.lane
    order by head.place limit 1
  ) as first
  where ${WANTED('PARKED', 'FAILED')} and ${MEANT('event')}
    and (
      $1::text is null
      or (first.place = event.place and parked_key.next_attempt_at is null) = ($1::text = 'FAILED')
    )
  order by event.id limit $7`;

const BRANCHES = [PUBLISHED, DISCARDED, PENDING, DELAYED, PARKED];

/**
 * Events of the outbox, in the order of their ids. $1 status or null · $2 topic number or null · $3 key or null · $4 the
 * key's shard or null · $5 event id or null · $6 the id to begin behind · $7 most rows. Says what the view says, and reads
 * each status where it stands: what waits in the tables of those that wait, what is pending behind the cursors, and of
 * what was moved no more than the page takes.
 */
export const listEvents = defineStatement<Values, ListedEvent>({
  name: 'list_outbox_events',
  text: (schema) => `
    with cursor as materialized (${CURSORS(schema)}),
    discarded as materialized (
      select distinct unnest(batch.ids) as id, batch.incarnation from ${schema}.outbox_batches as batch where batch.partition_index = -1
    )
    select
      event.*, topic.name as topic, batch.partition_index,
      batch.base_offset + array_position(batch.ids, event.id) - 1 as record_offset,
      parked_key.attempts, parked_key.next_attempt_at, parked_key.code, parked_key.reason
    from (
      select page.* from (${BRANCHES.map((branch) => `(${branch(schema)})`).join(' union all ')}) as page
      order by page.id limit $7
    ) as event
    left join ${schema}.topics as topic on topic.number = event.topic_number
    left join lateral (
      select moved.partition_index, moved.base_offset, moved.ids from ${schema}.outbox_batches as moved
      where event.status = 'PUBLISHED'
        and int8range(moved.first_id, moved.last_id, '[]') @> event.id and event.id = any (moved.ids)
        and moved.incarnation = event.incarnation
      limit 1
    ) as batch on true
    left join lateral (
      select parked_key.* from ${schema}.outbox_parked as parked
      join ${schema}.outbox_parked_keys as parked_key
        on parked_key.topic_number = parked.topic_number and parked_key.lane = parked.lane
      where event.status in ('PARKED', 'FAILED') and parked.id = event.id
      limit 1
    ) as parked_key on true
    order by event.id`,
  mapRow: (row) => ({
    id: BigInt(row.id as string),
    eventId: row.event_id as string,
    topicNumber: row.topic_number as number,
    topic: row.topic as string | null,
    key: row.key as Buffer | null,
    timestamp: Number(row.timestamp),
    status: row.status as OutboxEventStatus,
    partition: row.partition_index as number | null,
    offset:
      row.record_offset === null ? null : BigInt(row.record_offset as string),
    dueAt: row.due_at === null ? null : Number(row.due_at),
    attempts: row.attempts as number | null,
    nextAttemptAt:
      row.next_attempt_at === null ? null : Number(row.next_attempt_at),
    code: row.code as string | null,
    reason: row.reason as string | null,
  }),
});
