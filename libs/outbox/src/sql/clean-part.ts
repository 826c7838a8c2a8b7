import { defineStatement } from '#postgres';

const TABLES = [
  'outbox_events',
  'outbox_batches',
  'outbox_cursors',
  'outbox_deliveries',
];

const tablesOf = (schema: string, part: number) =>
  TABLES.map((table) => `${schema}.${table}_${part}`).join(', ');

/** Locks the tables of a part against everybody; alone in its statement. */
export function lockPart(schema: string, part: number): string {
  return `lock table ${tablesOf(schema, part)} in access exclusive mode`;
}

/** Empties the tables of a part. */
export function truncatePart(schema: string, part: number): string {
  return `truncate ${tablesOf(schema, part)}`;
}

/**
 * Whether something in a part is needed still: an event that its shard's cursor has not passed, one of another server,
 * the last cursor of a shard, the last delivery. $1 part. To be asked with plans by indexes, since everybody waits who
 * looks at the part: read from end to end it would take as long as there are rows, for each shard.
 */
export const isPartNeeded = defineStatement<
  [part: number],
  { needed: boolean }
>({
  name: 'is_outbox_part_needed',
  text: (schema) => `
    select
      $1::int = ${schema}.outbox_part()
      or exists (
        select from ${schema}.outbox_deliveries as delivery
        where delivery.part = $1::int
          and delivery.number = (select max(last.number) from ${schema}.outbox_deliveries as last)
          and not exists (
            select from ${schema}.outbox_deliveries as carried
            where carried.number = delivery.number and carried.done = delivery.done and carried.part <> $1::int
          )
      )
      or exists (
        select
        from generate_series(0, 63) as shard(number)
        cross join (select ${schema}.incarnation() as incarnation offset 0) as here
        left join lateral (
          select cursor.part, cursor.incarnation, cursor.snapshot from ${schema}.outbox_cursors as cursor
          where cursor.shard = shard.number order by cursor.number desc limit 1
        ) as last on true
        where last.part = $1::int
          or (
            select event.id from ${schema}.outbox_events as event
            where event.part = $1::int and event.shard = shard.number and event.incarnation = here.incarnation
              and (event.xid, event.id) >= (
                case when last.incarnation = here.incarnation then pg_snapshot_xmax(last.snapshot) else '0'::xid8 end,
                -9223372036854775808
              )
            order by event.xid, event.id limit 1
          ) is not null
          or exists (
            select from pg_snapshot_xip(last.snapshot) as open(xid)
            cross join lateral (
              select from ${schema}.outbox_events as event
              where event.part = $1::int and event.shard = shard.number and event.incarnation = here.incarnation
                and (event.xid, event.id) >= (open.xid, -9223372036854775808)
                and (event.xid, event.id) <= (open.xid, 9223372036854775807)
              order by event.xid, event.id limit 1
            ) as event
          )
          or exists (
            select from ${schema}.outbox_events as event
            where event.part = $1::int and event.shard = shard.number and event.incarnation < here.incarnation
          )
          or exists (
            select from ${schema}.outbox_events as event
            where event.part = $1::int and event.shard = shard.number and event.incarnation > here.incarnation
          )
      ) as needed`,
  mapRow: (row) => ({ needed: row.needed as boolean }),
});

/** Notes that a part is empty. $1 part. */
export const noteEmpty = defineStatement<[part: number]>({
  name: 'note_empty_outbox_part',
  text: (schema) => `
    update ${schema}.outbox_parts set opened_at = null, closed_at = null where part = $1::int`,
});
