import { defineStatement, type RawRow } from '#postgres';
import { EMPTY_SNAPSHOT, type Cursor } from '../move/cursor.js';

/** A shard's cursor, what the statement that read it saw, and whether the shard is new to this server. */
export interface ReadCursor {
  readonly cursor: Cursor;
  readonly now: string;
  /** The server's clock, in milliseconds since 1970; it may have been put back. */
  readonly nowMs: number;
  /** The greatest id that had been drawn once the snapshot was taken: nothing visible in it lies behind. */
  readonly greatestId: bigint;
  /** The least id of the shard's difference; undefined = there is nothing to be moved. */
  readonly firstId: bigint | undefined;
  /** This transaction's own id, given out after `now` was taken; undefined = it needed none. */
  readonly highXid: bigint | undefined;
  /** No cursor stands here, or one of another server: rows of other servers may be waiting. */
  readonly fresh: boolean;
}

/**
 * Step 2 of a move: the last cursors and the current snapshot, read together. $1 shards. A cursor of another server
 * begins anew: its snapshots and ids mean nothing here. How far delayed events were released goes on meaning the same.
 */
export const readCursors = defineStatement<
  [shards: readonly number[]],
  ReadCursor
>({
  name: 'read_cursors',
  text: (schema) => `
    select
      wanted.shard, last.number, last.incarnation, last.snapshot, last.low_id,
      last.page_snapshot, last.page_last_id, last.page_low_id, last.due_at, last.due_id, last.next_due, last.parked,
      here.*, first.id as first_id,
      -- Given out after the snapshot of this statement was taken; not where there is nothing to be moved.
      case when first.id is not null or last.page_snapshot is not null then pg_current_xact_id() end as high_xid
    from unnest($1::int[]) as wanted(shard)
    cross join (
      select
        pg_current_snapshot() as now, ${schema}.incarnation() as here, (
          select last_value - (not is_called)::int from ${schema}.outbox_event_id
        ) as greatest_id,
        (extract(epoch from clock_timestamp()) * 1000)::bigint as now_ms
      offset 0
    ) as here
    left join lateral (
      select cursor.*
      from ${schema}.outbox_cursors as cursor
      where cursor.shard = wanted.shard order by cursor.number desc limit 1
    ) as last on true
    cross join lateral (
      select
        case when last.incarnation = here.here and last.low_id <= here.greatest_id then last.low_id else 0 end as low_id,
        case when last.incarnation = here.here then coalesce(last.page_last_id, 0) else 0 end as page_last_id,
        case when last.incarnation = here.here then last.snapshot else '${EMPTY_SNAPSHOT}' end as last,
        case when last.incarnation = here.here then coalesce(last.page_snapshot, here.now) else here.now end as up_to
      offset 0
    ) as start
    cross join lateral (
      select least(
        (
          select event.id from ${schema}.outbox_events as event
          where event.shard = wanted.shard and event.id > greatest(start.low_id, start.page_last_id)
            and event.incarnation = here.here
            and pg_visible_in_snapshot(event.xid, start.up_to) and not pg_visible_in_snapshot(event.xid, start.last)
          order by event.id limit 1
        ),
        (
          select min(open.id)
          from unnest(array(select pg_snapshot_xip(start.last))) as xip(xid)
          cross join lateral (
            select event.id from ${schema}.outbox_events as event
            where event.shard = wanted.shard and event.incarnation = here.here
              and (event.xid, event.id) > (xip.xid, start.page_last_id)
              and (event.xid, event.id) <= (xip.xid, start.low_id)
            order by event.xid, event.id limit 1
          ) as open
          where pg_visible_in_snapshot(xip.xid, start.up_to)
        )
      ) as id
    ) as first`,
  mapRow: readCursor,
});

function readCursor(row: RawRow): ReadCursor {
  const fresh = row.incarnation !== row.here;
  const greatestId = BigInt(row.greatest_id as string);
  return {
    now: row.now as string,
    nowMs: Number(row.now_ms),
    greatestId,
    firstId: idOf(row.first_id),
    highXid: idOf(row.high_xid),
    fresh,
    cursor: {
      shard: row.shard as number,
      number: idOf(row.number) ?? 0n,
      incarnation: row.here as string,
      snapshot: fresh ? EMPTY_SNAPSHOT : (row.snapshot as string),
      lowId: fresh ? 0n : lowIdOf(row, greatestId),
      page: fresh ? undefined : pageOf(row),
      released: { dueAt: Number(row.due_at ?? 0), id: idOf(row.due_id) ?? 0n },
      nextDue: row.next_due === null ? undefined : Number(row.next_due),
      parked: (row.parked as boolean | null) ?? false,
    },
  };
}

/** Where a sequence was set back, by hand, an id says nothing of when it was drawn. */
function lowIdOf(row: RawRow, greatestId: bigint): bigint {
  const lowId = idOf(row.low_id) ?? 0n;
  return lowId <= greatestId ? lowId : 0n;
}

function pageOf(row: RawRow): Cursor['page'] {
  if (row.page_snapshot === null) return undefined;
  return {
    snapshot: row.page_snapshot as string,
    lowId: idOf(row.page_low_id) ?? 0n,
    lastId: idOf(row.page_last_id) ?? 0n,
  };
}

function idOf(value: unknown): bigint | undefined {
  return value === null ? undefined : BigInt(value as string);
}
