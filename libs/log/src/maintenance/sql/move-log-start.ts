import { defineStatement, type Statement } from '#postgres';

/** Locks partitions' rows in the order of their ids. $1 partition ids */
export const lockLogStarts = defineStatement<[ids: readonly number[]]>({
  name: 'lock_log_starts',
  text: (schema) => `
    select id from ${schema}.partitions where id = any ($1) order by id for no key update`,
});

/**
 * Where partitions end, in the order of $1 partition ids; null where the segment is gone. $2 number of the active
 * segment, whose leaf it is.
 */
export function readLogEnds(
  leaf: string,
): Statement<
  [partitionIds: readonly number[], segmentNumber: number],
  { readonly end: bigint | null }
> {
  return defineStatement({
    name: `read_log_ends_${leaf}`,
    text: (schema) => `
      select coalesce(
        (
          select head.last_offset + 1 from ${schema}.${leaf} as head
          where head.partition_id = wanted.id
          order by head.base_offset desc limit 1
        ),
        floor.first_offset
      ) as end_offset
      from unnest($1::int[]) with ordinality as wanted(id, place)
      left join ${schema}.segment_partitions as floor
        on floor.partition_id = wanted.id and floor.segment_number = $2
      order by wanted.place`,
    mapRow: ({ end_offset: end }) => ({
      end: end === null ? null : BigInt(end as string),
    }),
  });
}

/** Moves the log start of a partition, never back; returns where it is then. $1 partition id · $2 offset */
export const moveLogStart = defineStatement<
  [partitionId: number, offset: bigint],
  bigint
>({
  name: 'move_log_start',
  text: (schema) => `
    update ${schema}.partitions set log_start_offset = greatest(log_start_offset, $2) where id = $1
    returning log_start_offset`,
  mapRow: (row) => BigInt(row.log_start_offset as string),
});
