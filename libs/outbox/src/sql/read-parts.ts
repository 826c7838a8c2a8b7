import { defineStatement } from '#postgres';
import type { RingPart } from '../maintenance/ring.js';

/** The parts of the ring. */
export const readParts = defineStatement<[], RingPart>({
  name: 'read_outbox_parts',
  text: (schema) => `
    select
      ring.part, ring.part = ${schema}.outbox_part() as is_current,
      (extract(epoch from clock_timestamp() - ring.opened_at) * 1000)::bigint as opened_ms,
      (extract(epoch from clock_timestamp() - ring.closed_at) * 1000)::bigint as closed_ms,
      (
        select sum(pg_total_relation_size(format('${schema}.%I', name || '_' || ring.part)::regclass))
        from unnest(array['outbox_events', 'outbox_batches', 'outbox_cursors', 'outbox_deliveries']) as name
      ) as bytes
    from ${schema}.outbox_parts as ring
    order by ring.part`,
  mapRow: (row) => ({
    part: row.part as number,
    isCurrent: row.is_current as boolean,
    openedMs: row.opened_ms === null ? undefined : Number(row.opened_ms),
    closedMs: row.closed_ms === null ? undefined : Number(row.closed_ms),
    bytes: Number(row.bytes),
  }),
});

/**
 * Makes the table of parts say what is so: the sequence, which may have been turned by one that died then, says which
 * part is the current one; a part in which rows stand is not empty, however late they came.
 */
export const settleParts = defineStatement<[]>({
  name: 'settle_outbox_parts',
  text: (schema) => `
    update ${schema}.outbox_parts as ring
    set opened_at = coalesce(ring.opened_at, clock_timestamp()),
      closed_at = case when ring.part <> found.current then coalesce(ring.closed_at, clock_timestamp()) end
    from (
      select known.part, ${schema}.outbox_part() as current,
        exists (select from ${schema}.outbox_events as event where event.part = known.part) as is_used
      from ${schema}.outbox_parts as known
    ) as found
    where ring.part = found.part
      and (ring.part = found.current or ring.opened_at is not null or found.is_used)
      and (ring.opened_at is null or (ring.part = found.current) <> (ring.closed_at is null))`,
});

/** Has events written into the next part from now on. It cannot be undone by a rollback. */
export const turnRing = defineStatement<[]>({
  name: 'turn_outbox_ring',
  text: (schema) =>
    `select setval('${schema}.outbox_part_number', last_value + 1) from ${schema}.outbox_part_number`,
});
