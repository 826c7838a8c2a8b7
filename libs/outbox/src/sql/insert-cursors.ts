import { bind, defineStatement, type BoundStatement } from '#postgres';
import type { Cursor } from '../move/cursor.js';
import { isParked, nextDue } from './waiting-in-shard.js';

type Values = [
  shards: readonly number[],
  numbers: readonly bigint[],
  incarnations: readonly string[],
  snapshots: readonly string[],
  pageSnapshots: readonly (string | null)[],
  pageLastIds: readonly (bigint | null)[],
  pageLowIds: readonly (bigint | null)[],
  lowIds: readonly bigint[],
  dueAts: readonly number[],
  dueIds: readonly bigint[],
];

/**
 * Step 4 of a move: the next cursors. They are appended and never updated: a row that is updated many times a second is
 * a chain of dead versions while any snapshot is held open. Refused where a snapshot would go back, or where another
 * move took the number.
 */
function statement(name: string, waiting: (schema: string) => string) {
  return defineStatement<Values>({
    name,
    text: (schema) => `
      insert into ${schema}.outbox_cursors
        (shard, number, incarnation, snapshot, page_snapshot, page_last_id, page_low_id, low_id, due_at, due_id, next_due, parked)
      select
        next.shard,
        case
          when next.number <> coalesce(last.number, 0) + 1
          then ${schema}.refuse('PA004', 'the cursor of shard ' || next.shard || ' is number ' || last.number || ' already, not to be ' || next.number)
          when next.incarnation = last.incarnation
            and (
              pg_snapshot_xmin(next.snapshot) < pg_snapshot_xmin(last.snapshot)
              or pg_snapshot_xmax(next.snapshot) < pg_snapshot_xmax(last.snapshot)
            )
          then ${schema}.refuse('PA004', 'the cursor of shard ' || next.shard || ' would go back from ' || last.snapshot || ' to ' || next.snapshot)
          else next.number
        end,
        next.incarnation, next.snapshot, next.page_snapshot, next.page_last_id,
        next.page_low_id, next.low_id, next.due_at, next.due_id,
        ${waiting(schema)}
      from unnest(
        $1::int[], $2::bigint[], $3::bigint[], $4::pg_snapshot[], $5::pg_snapshot[], $6::bigint[], $7::bigint[], $8::bigint[],
        $9::bigint[], $10::bigint[]
      ) as next(
        shard, number, incarnation, snapshot, page_snapshot, page_last_id, page_low_id, low_id, due_at, due_id
      )
      left join lateral (
        select cursor.number, cursor.incarnation, cursor.snapshot from ${schema}.outbox_cursors as cursor
        where cursor.shard = next.shard
        order by cursor.number desc limit 1
      ) as last on true`,
  });
}

const insertCursors = statement('insert_cursors', () => 'null, false');

/** The same, where something waits or did: what is next, and whether keys are parked, is looked up. */
const settleCursors = statement(
  'settle_cursors',
  (schema) => `${nextDue(schema, 'next')}, ${isParked(schema, 'next')}`,
);

/** Binds the insert; `settles` = something of these shards waits or did. */
export function cursorsStatement(
  cursors: readonly Cursor[],
  settles: boolean,
): BoundStatement {
  return bind(settles ? settleCursors : insertCursors, [
    cursors.map((cursor) => cursor.shard),
    cursors.map((cursor) => cursor.number),
    cursors.map((cursor) => cursor.incarnation),
    cursors.map((cursor) => cursor.snapshot),
    cursors.map((cursor) => cursor.page?.snapshot ?? null),
    cursors.map((cursor) => cursor.page?.lastId ?? null),
    cursors.map((cursor) => cursor.page?.lowId ?? null),
    cursors.map((cursor) => cursor.lowId),
    cursors.map((cursor) => cursor.released.dueAt),
    cursors.map((cursor) => cursor.released.id),
  ]);
}
