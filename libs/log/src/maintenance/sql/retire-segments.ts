import { defineStatement } from '#postgres';

/**
 * Holds a topic's row until the end of the transaction, so that it is neither deleted nor altered meanwhile; no row where
 * it was deleted. Alone in its statement: what is read next sees what was committed before. $1 topic number
 */
export const holdTopic = defineStatement<[topicNumber: number], number>({
  name: 'hold_topic',
  text: (schema) => `
    select number from ${schema}.topics where number = $1 and deleted_at is null for share`,
  mapRow: (row) => row.number as number,
});

/**
 * Takes segments out of the catalogue and moves the log start of their partitions behind them; their leaves are to be
 * dropped from now on. $1 topic number · $2 segment numbers
 */
export const retireSegments = defineStatement<
  [topicNumber: number, segmentNumbers: readonly number[]],
  string
>({
  name: 'retire_segments',
  text: (schema) => `
    with gone as (
      delete from ${schema}.segment_partitions
      where topic_number = $1 and segment_number = any ($2)
      returning partition_id, last_offset
    ), ends as (
      select partition_id, max(last_offset) + 1 as end_offset from gone group by partition_id
    ), moved as (
      update ${schema}.partitions as partition
      set log_start_offset = greatest(partition.log_start_offset, ends.end_offset)
      from ends
      where partition.id = ends.partition_id and partition.log_start_offset < ends.end_offset
    ), retired as (
      insert into ${schema}.retired_leaves (leaf)
      select leaf from ${schema}.segments where topic_number = $1 and number = any ($2)
      on conflict (leaf) do nothing
      returning leaf
    )
    select leaf from retired`,
  mapRow: (row) => row.leaf as string,
});

/** Deletes the rows of segments that {@link retireSegments} has emptied. $1 topic number · $2 segment numbers */
export const deleteRetiredSegments = defineStatement<
  [topicNumber: number, segmentNumbers: readonly number[]]
>({
  name: 'delete_retired_segments',
  text: (schema) => `
    delete from ${schema}.segments where topic_number = $1 and number = any ($2) and state = 'sealed'`,
});

/** Locks segments' rows and says which leaves they have now. $1 topic number · $2 segment numbers */
export const lockSegments = defineStatement<
  [topicNumber: number, segmentNumbers: readonly number[]],
  { readonly number: number; readonly leaf: string }
>({
  name: 'lock_segments',
  text: (schema) => `
    select number, leaf from ${schema}.segments
    where topic_number = $1 and number = any ($2) and state = 'sealed'
    order by number for update`,
  mapRow: (row) => ({
    number: row.number as number,
    leaf: row.leaf as string,
  }),
});

/** Where partitions begin and end in segments. $1 topic number · $2 segment numbers */
export const readExtents = defineStatement<
  [topicNumber: number, segmentNumbers: readonly number[]],
  string
>({
  name: 'read_extents',
  text: (schema) => `
    select segment_number || '/' || partition_id || ':' || first_offset || '-' || last_offset as extent
    from ${schema}.segment_partitions
    where topic_number = $1 and segment_number = any ($2)
    order by segment_number, partition_id`,
  mapRow: (row) => row.extent as string,
});

/**
 * Locks the rows of a topic's partitions, in the order of their ids, as everybody does who moves log starts. $1 topic
 * number
 */
export const lockPartitionRows = defineStatement<[topicNumber: number], number>(
  {
    name: 'lock_partition_rows',
    text: (schema) => `
      select id from ${schema}.partitions where topic_number = $1 order by id for no key update`,
    mapRow: (row) => row.id as number,
  },
);
