import { defineStatement, type RawRow } from '#postgres';
import type { PendingEvent } from '../../move/pending-event.js';
import { decodeHeaders } from '../../publish/encode-event.js';
import { eventBytes } from '../../sql/event-columns.js';
import type { DiscardedEvent, WaitingEvent } from '../waiting-event.js';
import { waitingEvent } from './read-parked-keys.js';

/** A parked event that is to be discarded; `cut` says that there are more than came. */
export interface WaitingRow {
  readonly event: WaitingEvent;
  readonly payload: Payload;
  readonly lane: Buffer;
  readonly place: bigint;
  /** Whether it is the one that the others of its key wait for. */
  readonly head: boolean;
  readonly cut: boolean;
}

const BYTES = eventBytes('event');
const ORDER = 'event.topic_number, event.lane, event.place';

/** Events of the keys that are meant, each with whether it is the head of its key. */
const MEANT = (schema: string) => `
    select
      waiting.*, parked_key.code, parked_key.reason,
      case when waiting.head and parked_key.next_attempt_at is null then 'FAILED' else 'PARKED' end as status
    from ${schema}.outbox_parked_keys as parked_key
    cross join lateral (
      select parked.place from ${schema}.outbox_parked as parked
      where parked.topic_number = parked_key.topic_number and parked.lane = parked_key.lane
      order by parked.place limit 1
    ) as first
    cross join lateral (
      select parked.*, parked.place = first.place as head from ${schema}.outbox_parked as parked
      where parked.topic_number = parked_key.topic_number and parked.lane = parked_key.lane
        and parked.place <= case when $6::boolean then first.place else 9223372036854775807 end
        and (parked.topic_number, parked.lane, parked.place) > ($7::int, $8::bytea, $9::bigint)
        and ($4::uuid is null or parked.event_id = $4::uuid)
        and (
          $5::text is null
          or (parked.place = first.place and parked_key.next_attempt_at is null) = ($5::text = 'FAILED')
        )
      order by parked.place
      limit $10
    ) as waiting
    where parked_key.shard = $1::int
      and ($2::int is null or parked_key.topic_number = $2::int)
      and ($3::bytea is null or parked_key.lane = $3::bytea)
      and (not $6::boolean or parked_key.attempts > 0)
      and ($5::text is distinct from 'FAILED' or parked_key.next_attempt_at is null)
      and (parked_key.topic_number, parked_key.lane) >= ($7::int, $8::bytea)
    order by waiting.topic_number, waiting.lane, waiting.place
    limit $10`;

/**
 * Parked events of a shard, in the order of topic, lane and place. $1 shard · $2 topic number or null · $3 lane or null ·
 * $4 event id or null · $5 PARKED, FAILED or null · $6 whether only heads that were tried · $7, $8 and $9 topic, lane and
 * place to begin behind · $10 most rows · $11 most bytes.
 */
export const readWaiting = defineStatement<
  [
    shard: number,
    topicNumber: number | null,
    lane: Buffer | null,
    eventId: string | null,
    status: string | null,
    headsOnly: boolean,
    afterTopic: number,
    afterLane: Buffer,
    afterPlace: bigint,
    mostRows: number,
    mostBytes: number,
  ],
  WaitingRow
>({
  name: 'read_waiting',
  text: (schema) => `
    select page.*, topic.name as topic, null as due_at, (page.found = $10 or page.before + page.bytes >= $11) as cut
    from (
      select
        event.*, count(*) over () as found, ${BYTES} as bytes,
        sum(${BYTES}) over (order by ${ORDER}) - (${BYTES}) as before
      from (
        ${MEANT(schema)}
      ) as event
    ) as page
    left join ${schema}.topics as topic on topic.number = page.topic_number
    where page.before < $11 or page.before = 0
    order by page.topic_number, page.lane, page.place`,
  mapRow: (row) => ({
    event: waitingEvent(row),
    payload: payloadOf(row),
    lane: row.lane as Buffer,
    place: BigInt(row.place as string),
    head: row.head as boolean,
    cut: row.cut as boolean,
  }),
});

/** What is kept of an event beside what is shown. */
export type Payload = Pick<DiscardedEvent, 'value' | 'headers'>;

/** Reads the value and the headers of an event that waits. */
export function payloadOf(row: RawRow): Payload {
  return {
    value: row.value as Buffer | null,
    headers: decodeHeaders(row.headers as PendingEvent['headers']),
  };
}
