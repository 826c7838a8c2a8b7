import { defineStatement, type RawRow } from '#postgres';
import type { Lane } from '../../move/lane.js';
import type { WaitingEvent } from '../waiting-event.js';

/** A parked key, shown as the event that the others of it wait for. */
export interface ParkedKey {
  readonly lane: Lane;
  readonly head: WaitingEvent;
}

/**
 * Parked keys of a shard, in the order of topic and lane. $1 shard · $2 topic number or null · $3 lane or null ·
 * $4 PARKED, FAILED or null · $5 and $6 the topic and the lane to begin behind · $7 most keys.
 */
export const readParkedKeys = defineStatement<
  [
    shard: number,
    topicNumber: number | null,
    lane: Buffer | null,
    status: string | null,
    afterTopic: number,
    afterLane: Buffer,
    most: number,
  ],
  ParkedKey
>({
  name: 'read_parked_keys',
  text: (schema) => `
    select
      parked.topic_number, parked.lane, parked.code, parked.reason, topic.name as topic,
      case when parked.next_attempt_at is null then 'FAILED' else 'PARKED' end as status,
      head.id, head.event_id, head.key, head.timestamp, null as due_at
    from ${schema}.outbox_parked_keys as parked
    cross join lateral (
      select waiting.* from ${schema}.outbox_parked as waiting
      where waiting.topic_number = parked.topic_number and waiting.lane = parked.lane
      order by waiting.place limit 1
    ) as head
    left join ${schema}.topics as topic on topic.number = parked.topic_number
    where parked.shard = $1::int
      and ($2::int is null or parked.topic_number = $2::int)
      and ($3::bytea is null or parked.lane = $3::bytea)
      and ($4::text is null or (parked.next_attempt_at is null) = ($4::text = 'FAILED'))
      and (parked.topic_number, parked.lane) > ($5::int, $6::bytea)
    order by parked.topic_number, parked.lane
    limit $7`,
  mapRow: (row) => ({
    lane: {
      topicNumber: row.topic_number as number,
      lane: row.lane as Buffer,
    },
    head: waitingEvent(row),
  }),
});

/** Reads what every statement here selects of an event that waits. */
export function waitingEvent(row: RawRow): WaitingEvent {
  return {
    id: BigInt(row.id as string),
    eventId: row.event_id as string,
    topicNumber: row.topic_number as number,
    topic: row.topic as string | null,
    key: row.key as Buffer | null,
    timestamp: Number(row.timestamp),
    status: row.status as WaitingEvent['status'],
    dueAt: row.due_at === null ? null : Number(row.due_at),
    code: row.code as string | null,
    reason: row.reason as string | null,
  };
}
