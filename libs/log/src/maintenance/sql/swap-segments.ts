import { defineStatement } from '#postgres';

/** $1 topic number · $2 numbers of the segments that become one · $3 the last of them · $4 the new leaf · $5 its size · $6 when its first tombstone may go · $7 whether it is frozen */
export type SwapSegmentsValues = [
  topicNumber: number,
  segmentNumbers: readonly number[],
  lastNumber: number,
  leaf: string,
  sizeBytes: number,
  deleteHorizon: number | null,
  isFrozen: boolean,
];

/** Points the last of some segments at a new leaf; returns the leaves that all of them had. Their rows are locked. */
export const swapSegments = defineStatement<SwapSegmentsValues, string>({
  name: 'swap_segments',
  text: (schema) => `
    with before as (
      select leaf from ${schema}.segments where topic_number = $1 and number = any ($2::int[])
    ), swapped as (
      update ${schema}.segments
      set leaf = $4, has_gaps = true, compacted_at = clock_timestamp(), size_bytes = $5, delete_horizon = $6,
        frozen_at = case when $7::boolean then clock_timestamp() end
      where topic_number = $1 and number = $3
    ), merged as (
      delete from ${schema}.segments where topic_number = $1 and number = any ($2::int[]) and number <> $3
    ), listed as (
      insert into ${schema}.retired_leaves (leaf) select leaf from before on conflict (leaf) do nothing
    ), written as (
      delete from ${schema}.retired_leaves where leaf = $4
    )
    select leaf from before`,
  mapRow: (row) => row.leaf as string,
});

/**
 * Replaces what some segments have of each partition by what the one they become has. $1 topic number · $2 numbers of
 * the segments · $3 the last of them · $4 partition ids with batches in it · $5 their greatest timestamps · $6 their
 * bytes. Before the segments' own rows go.
 */
export const mergePartitions = defineStatement<
  [
    topicNumber: number,
    segmentNumbers: readonly number[],
    lastNumber: number,
    partitionIds: readonly number[],
    timestamps: readonly number[],
    sizes: readonly number[],
  ]
>({
  name: 'merge_partitions',
  text: (schema) => `
    with gone as (
      delete from ${schema}.segment_partitions
      where topic_number = $1 and segment_number = any ($2::int[]) and segment_number <> $3
      returning partition_id, first_offset, last_offset
    ), written as (
      select * from unnest($4::int[], $5::bigint[], $6::bigint[]) as written(partition_id, max_timestamp, size_bytes)
    ), known as (
      select partition_id, first_offset, last_offset from ${schema}.segment_partitions
      where topic_number = $1 and segment_number = $3
      union all
      select partition_id, first_offset, last_offset from gone
    ), merged as (
      select known.partition_id, min(first_offset) as first_offset, max(last_offset) as last_offset,
        max(written.max_timestamp) as max_timestamp, coalesce(max(written.size_bytes), 0) as size_bytes
      from known left join written on written.partition_id = known.partition_id
      group by known.partition_id
    )
    insert into ${schema}.segment_partitions as kept
      (topic_number, segment_number, partition_id, first_offset, last_offset, max_timestamp, size_bytes)
    select $1, $3, partition_id, first_offset, last_offset, max_timestamp, size_bytes from merged
    on conflict (partition_id, segment_number) do update
    set first_offset = excluded.first_offset, last_offset = excluded.last_offset,
      max_timestamp = excluded.max_timestamp, size_bytes = excluded.size_bytes`,
});
