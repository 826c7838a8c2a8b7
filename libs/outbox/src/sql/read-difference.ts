import { defineStatement } from '#postgres';
import { pendingEvent, type PendingEvent } from '../move/pending-event.js';
import { eventBytes, eventColumns } from './event-columns.js';

/** An event of a difference; `cut` says that its shard has more than came. */
export interface DifferenceRow {
  readonly event: PendingEvent;
  readonly cut: boolean;
}

const COLUMNS = `${eventColumns('event')}, event.deliver_at`;
const BYTES = eventBytes('event');

/**
 * Step 3 of a move: for each window, what is visible in its second snapshot and was not in its first, in id order.
 * $1 shards · $2 last snapshots · $3 snapshots to go up to · $4 last ids · $5 incarnation · $6 most rows of a shard ·
 * $7 most bytes of a shard.
 *
 * A transaction that was not visible in the first snapshot either began after it (`xid >= xmax`), or was in progress
 * then (`xip`); both are ranges of the index. `xid < xmin(now)` alone would wait for every open transaction of the
 * cluster, an id as cursor would lose what commits late, `order by xid` would invert events of one key.
 */
export const readDifference = defineStatement<
  [
    shards: readonly number[],
    last: readonly string[],
    upTo: readonly string[],
    lastIds: readonly bigint[],
    incarnation: string,
    mostRows: number,
    mostBytes: number,
  ],
  DifferenceRow
>({
  name: 'read_difference',
  text: (schema) => `
    select ${COLUMNS}, event.cut
    from unnest($1::int[], $2::pg_snapshot[], $3::pg_snapshot[], $4::bigint[]) as span(shard, last, up_to, last_id)
    cross join lateral (
      select page.*, (page.found = $6 or page.before + page.bytes >= $7) as cut
      from (
        select
          event.*,
          count(*) over () as found,
          ${BYTES} as bytes,
          sum(${BYTES}) over (order by event.id) - (${BYTES}) as before
        from (
          select part.* from (
            select begun.* from ${schema}.outbox_events as begun
            where begun.shard = span.shard
              and begun.incarnation = $5
              and begun.xid >= pg_snapshot_xmax(span.last)
              and begun.xid < pg_snapshot_xmax(span.up_to)
            union all
            select open.* from ${schema}.outbox_events as open
            where open.shard = span.shard
              and open.incarnation = $5
              and open.xid = any (array(select pg_snapshot_xip(span.last)))
          ) as part
          where pg_visible_in_snapshot(part.xid, span.up_to)
            and part.id > span.last_id
          order by part.id
          limit $6
        ) as event
      ) as page
      where page.before < $7 or page.before = 0
      order by page.id
    ) as event
    order by event.id`,
  mapRow: (row) => ({ event: pendingEvent(row), cut: row.cut as boolean }),
});
