import { defineStatement } from '#postgres';

/**
 * Notes that events were discarded, one row for each topic: the view shows it, and rows of theirs that a restore brings
 * back are known by it. $1 shard · $2 topic numbers · $3 ids · $4 event ids · $5 who did it. An event is of the server that
 * its row in the ring says, since another one draws the same ids; where that row is gone nobody asks.
 */
export const noteDiscarded = defineStatement<
  [
    shard: number,
    topicNumbers: readonly number[],
    ids: readonly bigint[],
    eventIds: readonly string[],
    by: string,
  ]
>({
  name: 'note_discarded',
  text: (schema) => `
    insert into ${schema}.outbox_batches
      (topic_number, partition_index, relay, first_id, last_id, ids, incarnation)
    select
      gone.topic_number, -1, $5::text, min(gone.id), max(gone.id), array_agg(gone.id order by gone.id), gone.incarnation
    from (
      select discarded.topic_number, discarded.id, coalesce(
        (
          select event.incarnation from ${schema}.outbox_events as event
          where event.shard = $1::int and event.id = discarded.id and event.event_id = discarded.event_id
          limit 1
        ),
        ${schema}.incarnation()
      ) as incarnation
      from unnest($2::int[], $3::bigint[], $4::uuid[]) as discarded(topic_number, id, event_id)
    ) as gone
    group by gone.topic_number, gone.incarnation`,
});
