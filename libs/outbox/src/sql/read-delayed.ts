import { defineStatement } from '#postgres';
import { pendingEvent, type PendingEvent } from '../move/pending-event.js';
import { eventBytes, eventColumns } from './event-columns.js';

/** A delayed event that is due; `cut` says that its shard has more than came. */
export interface DelayedRow {
  readonly event: PendingEvent;
  readonly dueAt: number;
  readonly cut: boolean;
}

const BYTES = eventBytes('event');

/**
 * Delayed events that are due, of each shard in the order of their times. $1 shards · $2 and $3 the time and the id of
 * the one that was released last · $4 now, in milliseconds · $5 most rows of a shard · $6 most bytes of a shard. What
 * was released is behind the range that the index is read from, dead or not.
 */
export const readDelayed = defineStatement<
  [
    shards: readonly number[],
    dueAts: readonly number[],
    ids: readonly bigint[],
    nows: readonly number[],
    mostRows: number,
    mostBytes: number,
  ],
  DelayedRow
>({
  name: 'read_delayed',
  text: (schema) => `
    select ${eventColumns('event')}, event.due_at, event.cut
    from unnest($1::int[], $2::bigint[], $3::bigint[], $4::bigint[]) as span(shard, due_at, id, now)
    cross join lateral (
      select page.*, (page.found = $5 or page.before + page.bytes >= $6) as cut
      from (
        select
          event.*,
          count(*) over () as found,
          ${BYTES} as bytes,
          sum(${BYTES}) over (order by event.due_at, event.id) - (${BYTES}) as before
        from (
          select delayed.* from ${schema}.outbox_delayed as delayed
          where delayed.shard = span.shard
            and (delayed.due_at, delayed.id) > (span.due_at, span.id)
            and delayed.due_at <= span.now
          order by delayed.due_at, delayed.id
          limit $5
        ) as event
      ) as page
      where page.before < $6 or page.before = 0
    ) as event
    order by event.due_at, event.id`,
  mapRow: (row) => ({
    event: pendingEvent(row),
    dueAt: Number(row.due_at),
    cut: row.cut as boolean,
  }),
});
