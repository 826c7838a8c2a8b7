import { bind, defineStatement, type BoundStatement } from '#postgres';
import type { Cursor } from '../relay/cursor.js';

/**
 * Step 4 of a move: the next cursors. They are appended and never updated: a row that is updated many times a second is
 * a chain of dead versions while any snapshot is held open. Refused where a snapshot would go back; the key refuses a
 * number that another move took.
 */
const insertCursors = defineStatement<
  [
    shards: readonly number[],
    numbers: readonly bigint[],
    incarnations: readonly string[],
    snapshots: readonly string[],
    pageSnapshots: readonly (string | null)[],
    pageLastIds: readonly (bigint | null)[],
  ]
>({
  name: 'insert_cursors',
  text: (schema) => `
    insert into ${schema}.outbox_cursors (shard, number, incarnation, snapshot, page_snapshot, page_last_id)
    select
      next.shard,
      case
        when pg_snapshot_xmin(next.snapshot) < pg_snapshot_xmin(last.snapshot)
          or pg_snapshot_xmax(next.snapshot) < pg_snapshot_xmax(last.snapshot)
        then ${schema}.refuse('PA004', 'the cursor of shard ' || next.shard || ' would go back from ' || last.snapshot || ' to ' || next.snapshot)
        else next.number
      end,
      next.incarnation, next.snapshot, next.page_snapshot, next.page_last_id
    from unnest($1::int[], $2::bigint[], $3::bigint[], $4::pg_snapshot[], $5::pg_snapshot[], $6::bigint[])
      as next(shard, number, incarnation, snapshot, page_snapshot, page_last_id)
    left join lateral (
      select cursor.snapshot from ${schema}.outbox_cursors as cursor
      where cursor.shard = next.shard and cursor.incarnation = next.incarnation
      order by cursor.number desc limit 1
    ) as last on true`,
});

/** Binds {@link insertCursors}. */
export function cursorsStatement(cursors: readonly Cursor[]): BoundStatement {
  return bind(insertCursors, [
    cursors.map((cursor) => cursor.shard),
    cursors.map((cursor) => cursor.number),
    cursors.map((cursor) => cursor.incarnation),
    cursors.map((cursor) => cursor.snapshot),
    cursors.map((cursor) => cursor.page?.snapshot ?? null),
    cursors.map((cursor) => cursor.page?.lastId ?? null),
  ]);
}
