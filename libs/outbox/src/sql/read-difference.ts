import { defineStatement } from '#postgres';
import { pendingEvent, type PendingEvent } from '../move/pending-event.js';
import { eventBytes, eventColumns } from './event-columns.js';

/** An event of a difference; `full` = with it, its shard has as many bytes as may come. */
export interface DifferenceRow {
  readonly event: PendingEvent;
  readonly full: boolean;
}

const BYTES = eventBytes('event');

/**
 * Step 3 of a move: for each window, what is visible in its second snapshot and was not in its first, up to an id; of
 * each shard in id order. $1 shards · $2 last snapshots · $3 their low ids · $4 snapshots to go up to · $5 last ids ·
 * $6 the id to go up to · $7 incarnation · $8 most rows of a shard · $9 most bytes of a shard.
 *
 * A transaction that was not visible in the first snapshot either got its id after it, and then its rows lie behind the low id,
 * or was in progress then (`xip`), and is found by its own id: so what is read is what is moved, however much stands
 * there besides. Rows are compared as (xid, id), which no index but the one for it serves: the other one would be read
 * from the shard's first row on. `xid < xmin(now)` alone would wait for every open transaction of the cluster, an id as cursor would lose
 * what commits late, `order by xid` would invert events of one key.
 */
export const readDifference = defineStatement<
  [
    shards: readonly number[],
    last: readonly string[],
    lowIds: readonly bigint[],
    upTo: readonly string[],
    lastIds: readonly bigint[],
    toId: bigint,
    incarnation: string,
    mostRows: number,
    mostBytes: number,
  ],
  DifferenceRow
>({
  name: 'read_difference',
  text: (schema) => `
    select ${eventColumns('event')}, event.deliver_at, event.before + event.bytes >= $9 as full
    from unnest($1::int[], $2::pg_snapshot[], $3::bigint[], $4::pg_snapshot[], $5::bigint[])
      as span(shard, last, low_id, up_to, last_id)
    cross join lateral (
      select
        event.*,
        ${BYTES} as bytes,
        sum(${BYTES}) over (order by event.id rows unbounded preceding) - (${BYTES}) as before
      from (
        (
          select begun.* from ${schema}.outbox_events as begun
          where begun.shard = span.shard
            and begun.id > greatest(span.low_id, span.last_id) and begun.id <= $6
            and begun.incarnation = $7
            and pg_visible_in_snapshot(begun.xid, span.up_to)
            and not pg_visible_in_snapshot(begun.xid, span.last)
          order by begun.id
          limit $8
        )
        union all
        (
          select open.*
          from unnest(array(select pg_snapshot_xip(span.last))) as xip(xid)
          cross join lateral (
            select late.* from ${schema}.outbox_events as late
            where late.shard = span.shard
              and late.incarnation = $7
              and (late.xid, late.id) > (xip.xid, span.last_id)
              and (late.xid, late.id) <= (xip.xid, least(span.low_id, $6))
            order by late.xid, late.id
            limit $8
          ) as open
          where pg_visible_in_snapshot(xip.xid, span.up_to)
          order by open.id
          limit $8
        )
        order by id
        limit $8
      ) as event
    ) as event
    where event.before < $9 or event.before = 0`,
  mapRow: (row) => ({ event: pendingEvent(row), full: row.full as boolean }),
});
