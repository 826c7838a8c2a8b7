import { defineStatement, type RawRow } from '#postgres';
import { EMPTY_SNAPSHOT, type Cursor } from '../move/cursor.js';

/** A shard's cursor, what the statement that read it saw, and whether the shard is new to this server. */
export interface ReadCursor {
  readonly cursor: Cursor;
  readonly now: string;
  /** The server's clock, in milliseconds since 1970; it may have been put back. */
  readonly nowMs: number;
  /** No cursor stands here, or one of another server: rows of other servers may be waiting. */
  readonly fresh: boolean;
}

/**
 * Step 2 of a move: the last cursors and the current snapshot, read together. $1 shards. A cursor of another server
 * begins anew: its snapshots mean nothing here. How far delayed events were released goes on meaning the same.
 */
export const readCursors = defineStatement<
  [shards: readonly number[]],
  ReadCursor
>({
  name: 'read_cursors',
  text: (schema) => `
    select
      wanted.shard, last.number, last.incarnation, last.snapshot, last.page_snapshot, last.page_last_id,
      last.due_at, last.due_id, last.next_due, last.parked,
      pg_current_snapshot() as now, ${schema}.incarnation() as here,
      (extract(epoch from clock_timestamp()) * 1000)::bigint as now_ms
    from unnest($1::int[]) as wanted(shard)
    left join lateral (
      select cursor.*
      from ${schema}.outbox_cursors as cursor
      where cursor.shard = wanted.shard order by cursor.number desc limit 1
    ) as last on true`,
  mapRow: readCursor,
});

function readCursor(row: RawRow): ReadCursor {
  const fresh = row.incarnation !== row.here;
  return {
    now: row.now as string,
    nowMs: Number(row.now_ms),
    fresh,
    cursor: {
      shard: row.shard as number,
      number: BigInt((row.number as string | null) ?? 0),
      incarnation: row.here as string,
      snapshot: fresh ? EMPTY_SNAPSHOT : (row.snapshot as string),
      page: fresh ? undefined : pageOf(row),
      released: {
        dueAt: Number(row.due_at ?? 0),
        id: BigInt((row.due_id as string | null) ?? 0),
      },
      nextDue: row.next_due === null ? undefined : Number(row.next_due),
      parked: (row.parked as boolean | null) ?? false,
    },
  };
}

function pageOf(row: RawRow): Cursor['page'] {
  if (row.page_snapshot === null) return undefined;
  return {
    snapshot: row.page_snapshot as string,
    lastId: BigInt(row.page_last_id as string),
  };
}
