import { defineStatement, type RawRow } from '#postgres';
import type { BacklogMeasure } from '../backlog/backlog-limits.js';
import { SHARD_COUNT } from '../shard.js';

/** What waits in the outbox. */
export interface Backlog extends BacklogMeasure {
  /** Events committed and not moved yet. */
  readonly pending: number;
  /** For how long the oldest of them has waited, in milliseconds, by the database's clock; null where none is pending. */
  readonly oldestPendingMs: number | null;
  /** Events whose time has not come. */
  readonly delayed: number;
  /** Keys whose events wait behind a failure, those that failed for good among them. */
  readonly parkedKeys: number;
  /** Keys that no relay tries any more: somebody has to look. */
  readonly failedKeys: number;
  /** The events of those keys. */
  readonly parked: number;
}

/** The last cursor of each shard, with snapshots of this server's only. */
const CURSORS = (schema: string) => `
  select
    wanted.shard, here.incarnation, last.due_at, last.due_id,
    case when last.incarnation = here.incarnation then last.snapshot end as snapshot,
    case when last.incarnation = here.incarnation then last.page_last_id end as page_last_id
  from (select ${schema}.incarnation() as incarnation) as here
  cross join generate_series(0, ${SHARD_COUNT - 1}) as wanted(shard)
  left join lateral (
    select cursor.* from ${schema}.outbox_cursors as cursor
    where cursor.shard = wanted.shard order by cursor.number desc limit 1
  ) as last on true`;

const OF_SHARD = (schema: string) =>
  `from ${schema}.outbox_events as event where event.shard = cursor.shard and event.incarnation = cursor.incarnation`;
/** Of a shard that is not paged: what was begun after its cursor, a range of the index. */
const BEGUN = (schema: string) =>
  `${OF_SHARD(schema)} and cursor.page_last_id is null and event.xid >= coalesce(pg_snapshot_xmax(cursor.snapshot), '0')`;
/** Of such a shard: what was open then. `offset 0` has each transaction looked up by itself, whatever the statistics. */
const OPEN = (schema: string) => `
  from pg_snapshot_xip(cursor.snapshot) as open(xid)
  cross join lateral (select event.written_at ${OF_SHARD(schema)} and event.xid = open.xid offset 0) as event
  where cursor.page_last_id is null`;
/**
 * Of a shard that is paged: what stands behind the page, a range of the primary key. With `=` for the incarnation, and
 * without statistics, the other index was read from end to end.
 */
const PAGED = (schema: string) => `
  from ${schema}.outbox_events as event
  where cursor.page_last_id is not null and event.shard = cursor.shard and event.id > cursor.page_last_id
    and event.incarnation is not distinct from cursor.incarnation
    and not pg_visible_in_snapshot(event.xid, cursor.snapshot)`;

/** Every pending event of `cursor`'s shard, one row each. */
const PENDING = (schema: string) => `
  select ${BEGUN(schema)} union all select ${OPEN(schema)} union all select ${PAGED(schema)}`;

/** When the first of them by transaction, or by page, was written. */
const OLDEST = (schema: string) => `
  (select event.written_at ${BEGUN(schema)} order by event.xid limit 1)
  union all
  (select min(event.written_at) ${OPEN(schema)})
  union all
  (select event.written_at ${PAGED(schema)} order by event.id limit 1)`;

const MEASURE = (schema: string) => `
  (
    select extract(epoch from clock_timestamp() - min(first.written_at)) * 1000
    from cursor cross join lateral (${OLDEST(schema)}) as first
  ) as oldest`;

/**
 * What publish is held up by. $1 how many pending events to count at most. Nothing that the cursors have passed is read,
 * but in a shard that is paged.
 */
export const measureBacklog = defineStatement<[most: number], BacklogMeasure>({
  name: 'measure_backlog',
  text: (schema) => `
    with cursor as materialized (${CURSORS(schema)})
    select
      (
        select count(*)
        from (select from cursor cross join lateral (${PENDING(schema)}) as event limit $1::bigint) as counted
      ) as pending,
      ${MEASURE(schema)}`,
  mapRow: measureOf,
});

/** The whole of what waits, for metrics. */
export const readBacklogCounts = defineStatement<[], Backlog>({
  name: 'read_backlog',
  text: (schema) => `
    with cursor as materialized (${CURSORS(schema)})
    select
      (select count(*) from cursor cross join lateral (${PENDING(schema)}) as event) as pending,
      ${MEASURE(schema)},
      (
        select count(*)
        from cursor
        join ${schema}.outbox_delayed as delayed on delayed.shard = cursor.shard
        where (delayed.due_at, delayed.id) > (coalesce(cursor.due_at, 0), coalesce(cursor.due_id, 0))
      ) as delayed,
      (select count(*) from ${schema}.outbox_parked) as parked,
      keys.parked as parked_keys, keys.failed as failed_keys
    from (
      select count(*) as parked, count(*) filter (where parked_key.next_attempt_at is null) as failed
      from ${schema}.outbox_parked_keys as parked_key
    ) as keys`,
  mapRow: (row) => ({
    ...measureOf(row),
    delayed: Number(row.delayed),
    parkedKeys: Number(row.parked_keys),
    failedKeys: Number(row.failed_keys),
    parked: Number(row.parked),
  }),
});

function measureOf(row: RawRow): BacklogMeasure {
  const { oldest } = row;
  return {
    pending: Number(row.pending),
    oldestPendingMs:
      oldest === null ? null : Math.max(0, Math.round(Number(oldest))),
  };
}
