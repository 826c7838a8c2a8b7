import { defineStatement } from '#postgres';

/** The events of one topic in the outbox. */
export interface TopicCounts {
  readonly topicNumber: number;
  /** Null when the topic is gone. */
  readonly topic: string | null;
  readonly published: number;
  readonly pending: number;
  /** Events whose time has not come. */
  readonly delayed: number;
  /** Events that wait behind a failure and are tried again, or are behind one that failed for good. */
  readonly parked: number;
  /** Events that no relay tries any more: one for each key that somebody has to look at. */
  readonly failed: number;
  readonly discarded: number;
  /** How long ago the oldest of those pending happened, by the server's clock; null where none is pending. */
  readonly oldestPendingMs: number | null;
}

const NOTED = (schema: string) => `
  from ${schema}.outbox_batches as moved
  where int8range(moved.first_id, moved.last_id, '[]') @> event.id and event.id = any (moved.ids)
    and moved.incarnation = event.incarnation`;

/** What was published, is pending or was discarded: all of the ring that does not wait. */
const RING = (schema: string) => `
  select
    event.topic_number,
    count(*) filter (where event.status = 'PUBLISHED') as published,
    count(*) filter (where event.status = 'PENDING') as pending,
    0 as delayed, 0 as parked, 0 as failed,
    count(*) filter (where event.status = 'DISCARDED') as discarded,
    min(event.timestamp) filter (where event.status = 'PENDING') as oldest
  from (
    select
      event.topic_number, event.timestamp,
      case
        when discarded.id is not null then 'DISCARDED'
        when event.incarnation = last.incarnation
        then case
          when pg_visible_in_snapshot(event.xid, last.snapshot)
            or coalesce(pg_visible_in_snapshot(event.xid, last.page_snapshot) and event.id <= last.page_last_id, false)
          then 'PUBLISHED' else 'PENDING'
        end
        when exists (select ${NOTED(schema)}) then 'PUBLISHED'
        else 'PENDING'
      end as status
    from ${schema}.outbox_events as event
    left join (
      select distinct on (cursor.shard)
        cursor.shard, cursor.incarnation, cursor.snapshot, cursor.page_snapshot, cursor.page_last_id
      from ${schema}.outbox_cursors as cursor
      order by cursor.shard, cursor.number desc
    ) as last on last.shard = event.shard
    left join (
      select distinct unnest(batch.ids) as id, batch.incarnation
      from ${schema}.outbox_batches as batch where batch.partition_index = -1
    ) as discarded on discarded.id = event.id and discarded.incarnation = event.incarnation
    where not exists (select from waiting where waiting.id = event.id)
  ) as event
  group by event.topic_number`;

/** What waits, whether it stands in the ring still or not. */
const WAITING = (schema: string) => `
  select
    waiting.topic_number, 0, 0, count(*) filter (where waiting.is_delayed), count(*) filter (where not waiting.is_delayed),
    0, 0, null
  from waiting group by waiting.topic_number
  union all
  select parked_key.topic_number, 0, 0, 0, -count(*), count(*), 0, null
  from ${schema}.outbox_parked_keys as parked_key
  where parked_key.next_attempt_at is null
  group by parked_key.topic_number`;

/**
 * Counts the events of each topic by their status, in one scan. The status is the one of the view `outbox`, without its
 * look-up of each event's batch: an event of the cursor's own server that the cursor covers stands in a batch, or waits,
 * since all of that is written in one transaction; only events that came from another server are looked up. Of each key
 * that failed for good one event, the first, is FAILED.
 */
export const countEvents = defineStatement<[], TopicCounts>({
  name: 'count_events',
  text: (schema) => `
    with waiting as materialized (
      select parked.id, parked.topic_number, false as is_delayed from ${schema}.outbox_parked as parked
      union all
      select delayed.id, delayed.topic_number, true from ${schema}.outbox_unreleased as delayed
    )
    select counted.*, topic.name as topic,
      greatest(0, extract(epoch from clock_timestamp()) * 1000 - counted.oldest) as age
    from (
      select
        event.topic_number, sum(event.published) as published, sum(event.pending) as pending,
        sum(event.delayed) as delayed, sum(event.parked) as parked, sum(event.failed) as failed,
        sum(event.discarded) as discarded, min(event.oldest) as oldest
      from (${RING(schema)} union all ${WAITING(schema)}) as event
      group by event.topic_number
    ) as counted
    left join ${schema}.topics as topic on topic.number = counted.topic_number
    order by topic.name, counted.topic_number`,
  mapRow: (row) => ({
    topicNumber: row.topic_number as number,
    topic: row.topic as string | null,
    published: Number(row.published),
    pending: Number(row.pending),
    delayed: Number(row.delayed),
    parked: Number(row.parked),
    failed: Number(row.failed),
    discarded: Number(row.discarded),
    oldestPendingMs: row.oldest === null ? null : Math.round(Number(row.age)),
  }),
});
