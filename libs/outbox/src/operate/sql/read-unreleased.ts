import { defineStatement } from '#postgres';
import { eventBytes } from '../../sql/event-columns.js';
import type { WaitingEvent } from '../waiting-event.js';
import { waitingEvent } from './read-parked-keys.js';
import { payloadOf, type Payload } from './read-waiting.js';

/** A delayed event that is to be discarded; `cut` says that there are more than came. */
export interface UnreleasedRow {
  readonly event: WaitingEvent;
  readonly payload: Payload;
  readonly dueAt: number;
  readonly cut: boolean;
}

const BYTES = eventBytes('event');

/**
 * Delayed events of a shard that were not released, in the order of their times. $1 shard · $2 topic number or null ·
 * $3 key or null · $4 event id or null · $5 and $6 the time and the id to begin behind · $7 most rows · $8 most bytes.
 */
export const readUnreleased = defineStatement<
  [
    shard: number,
    topicNumber: number | null,
    key: Buffer | null,
    eventId: string | null,
    afterDue: number,
    afterId: bigint,
    mostRows: number,
    mostBytes: number,
  ],
  UnreleasedRow
>({
  name: 'read_unreleased',
  text: (schema) => `
    select
      page.*, topic.name as topic, 'DELAYED' as status, null as code, null as reason,
      (page.found = $7 or page.before + page.bytes >= $8) as cut
    from (
      select
        event.*, count(*) over () as found, ${BYTES} as bytes,
        sum(${BYTES}) over (order by event.due_at, event.id) - (${BYTES}) as before
      from (
        select delayed.*
        from (select $1::int as shard) as wanted
        left join lateral (
          select cursor.due_at, cursor.due_id from ${schema}.outbox_cursors as cursor
          where cursor.shard = wanted.shard order by cursor.number desc limit 1
        ) as last on true
        join ${schema}.outbox_delayed as delayed
          on delayed.shard = wanted.shard
          and (delayed.due_at, delayed.id) > (coalesce(last.due_at, 0), coalesce(last.due_id, 0))
        where (delayed.due_at, delayed.id) > ($5::bigint, $6::bigint)
          and ($2::int is null or delayed.topic_number = $2::int)
          and ($3::bytea is null or delayed.key = $3::bytea)
          and ($4::uuid is null or delayed.event_id = $4::uuid)
        order by delayed.due_at, delayed.id
        limit $7
      ) as event
    ) as page
    left join ${schema}.topics as topic on topic.number = page.topic_number
    where page.before < $8 or page.before = 0
    order by page.due_at, page.id`,
  mapRow: (row) => ({
    event: waitingEvent(row),
    payload: payloadOf(row),
    dueAt: Number(row.due_at),
    cut: row.cut as boolean,
  }),
});
