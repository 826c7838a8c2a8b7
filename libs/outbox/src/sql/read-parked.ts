import { defineStatement } from '#postgres';
import { pendingEvent, type PendingEvent } from '../move/pending-event.js';
import { eventBytes, eventColumns } from './event-columns.js';

/** An event that waits behind a failure, and its place among those of its lane. */
export interface ParkedRow {
  readonly event: PendingEvent;
  readonly place: bigint;
  /** Whether there are more than came. */
  readonly cut: boolean;
}

const BYTES = eventBytes('event');

/** The events of some lanes, in their order. $1 topic numbers · $2 lanes · $3 most rows · $4 most bytes. */
export const readParked = defineStatement<
  [
    topicNumbers: readonly number[],
    lanes: readonly Buffer[],
    mostRows: number,
    mostBytes: number,
  ],
  ParkedRow
>({
  name: 'read_parked',
  text: (schema) => `
    select ${eventColumns('page')}, page.place, (page.found = $3 or page.before + page.bytes >= $4) as cut
    from (
      select
        event.*,
        count(*) over () as found,
        ${BYTES} as bytes,
        sum(${BYTES}) over (order by event.turn, event.place) - (${BYTES}) as before
      from (
        select parked.*, due.turn
        from unnest($1::int[], $2::bytea[]) with ordinality as due(topic_number, lane, turn)
        cross join lateral (
          select * from ${schema}.outbox_parked as parked
          where parked.topic_number = due.topic_number and parked.lane = due.lane
          order by parked.place
          limit $3
        ) as parked
        order by due.turn, parked.place
        limit $3
      ) as event
    ) as page
    where page.before < $4 or page.before = 0
    order by page.turn, page.place`,
  mapRow: (row) => ({
    event: pendingEvent(row),
    place: BigInt(row.place as string),
    cut: row.cut as boolean,
  }),
});
