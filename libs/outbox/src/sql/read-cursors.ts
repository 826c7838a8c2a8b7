import { defineStatement, type RawRow } from '#postgres';
import { EMPTY_SNAPSHOT, type Cursor } from '../relay/cursor.js';

/** A shard's cursor, the snapshot of the statement that read it, and whether the shard is new to this server. */
export interface ReadCursor {
  readonly cursor: Cursor;
  readonly now: string;
  /** No cursor stands here, or one of another server: rows of other servers may be waiting. */
  readonly fresh: boolean;
}

/**
 * Step 2 of a move: the last cursors and the current snapshot, read together. $1 shards. A cursor of another server
 * begins anew: its snapshots mean nothing here.
 */
export const readCursors = defineStatement<
  [shards: readonly number[]],
  ReadCursor
>({
  name: 'read_cursors',
  text: (schema) => `
    select
      wanted.shard, last.number, last.incarnation, last.snapshot, last.page_snapshot, last.page_last_id,
      pg_current_snapshot() as now, ${schema}.incarnation() as here
    from unnest($1::int[]) as wanted(shard)
    left join lateral (
      select cursor.number, cursor.incarnation, cursor.snapshot, cursor.page_snapshot, cursor.page_last_id
      from ${schema}.outbox_cursors as cursor
      where cursor.shard = wanted.shard order by cursor.number desc limit 1
    ) as last on true`,
  mapRow: readCursor,
});

function readCursor(row: RawRow): ReadCursor {
  const fresh = row.incarnation !== row.here;
  const paged = !fresh && row.page_snapshot !== null;
  return {
    now: row.now as string,
    fresh,
    cursor: {
      shard: row.shard as number,
      number: BigInt((row.number as string | null) ?? 0),
      incarnation: row.here as string,
      snapshot: fresh ? EMPTY_SNAPSHOT : (row.snapshot as string),
      page: paged
        ? {
            snapshot: row.page_snapshot as string,
            lastId: BigInt(row.page_last_id as string),
          }
        : undefined,
    },
  };
}
