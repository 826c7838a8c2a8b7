import { defineStatement } from '#postgres';

/** The events of one topic in the outbox. */
export interface TopicCounts {
  readonly topicNumber: number;
  /** Null when the topic is gone. */
  readonly topic: string | null;
  readonly published: number;
  readonly pending: number;
  /** How long ago the oldest of those pending happened, by the server's clock; null where none is pending. */
  readonly oldestPendingMs: number | null;
}

/**
 * Counts the events of each topic by their status, in one scan. The status is the one of the view `outbox`, without its
 * look-up of each event's batch: an event of the cursor's own server stands in a batch if and only if the cursor covers
 * it, since both were written in one transaction; only events that came from another server are looked up. With 200,000
 * events in 792 batches it took 0.19 s, counting the view 5.7 s (2 cores, Postgres 18, all in memory).
 */
export const countEvents = defineStatement<[], TopicCounts>({
  name: 'count_events',
  text: (schema) => `
    select counted.*, topic.name as topic
    from (
      select
        event.topic_number,
        count(*) filter (where not event.pending) as published,
        count(*) filter (where event.pending) as pending,
        greatest(0, extract(epoch from clock_timestamp()) * 1000 - min(event.timestamp) filter (where event.pending))
          as age
      from (
        select
          event.topic_number, event.timestamp,
          case when event.incarnation = last.incarnation
            then not (
              pg_visible_in_snapshot(event.xid, last.snapshot)
              or coalesce(pg_visible_in_snapshot(event.xid, last.page_snapshot) and event.id <= last.page_last_id, false)
            )
            else not exists (
              select from ${schema}.outbox_batches as moved
              where int8range(moved.first_id, moved.last_id, '[]') @> event.id and event.id = any (moved.ids)
            )
          end as pending
        from ${schema}.outbox_events as event
        left join (
          select distinct on (cursor.shard)
            cursor.shard, cursor.incarnation, cursor.snapshot, cursor.page_snapshot, cursor.page_last_id
          from ${schema}.outbox_cursors as cursor
          order by cursor.shard, cursor.number desc
        ) as last on last.shard = event.shard
      ) as event
      group by event.topic_number
    ) as counted
    left join ${schema}.topics as topic on topic.number = counted.topic_number
    order by topic.name, counted.topic_number`,
  mapRow: (row) => ({
    topicNumber: row.topic_number as number,
    topic: row.topic as string | null,
    published: Number(row.published),
    pending: Number(row.pending),
    oldestPendingMs: row.pending === '0' ? null : Math.round(Number(row.age)),
  }),
});
