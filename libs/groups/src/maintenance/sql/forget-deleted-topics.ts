import { defineStatement } from '#postgres';

/**
 * Partitions of groups whose topics were deleted, and that no member has any more. $1 behind this id · $2 at most so many.
 * Rows that a turn writes just now are passed over.
 */
export const findForsaken = defineStatement<
  [after: number, most: number],
  number
>({
  name: 'find_forsaken_partitions',
  text: (schema) => `
    select joined.id
    from ${schema}.group_partitions as joined
    join ${schema}.partitions as partition on partition.id = joined.partition_id
    join ${schema}.topics as topic on topic.number = partition.topic_number
    where topic.deleted_at is not null and joined.id > $1 and joined.owner is null and joined.target is null
    order by joined.id limit $2
    for update of joined skip locked`,
  mapRow: (row) => row.id as number,
});
