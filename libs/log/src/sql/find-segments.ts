import { defineStatement } from '#postgres';

/** Where a partition goes on at or behind an offset. */
export interface FoundSegment {
  /** Which of the partitions asked for it answers, from 0. */
  readonly position: number;
  readonly number: number;
  /** Its table, without the schema. */
  readonly leaf: string;
  readonly firstOffset: bigint;
  /** Null while it is active. */
  readonly lastOffset: bigint | null;
}

/**
 * For each partition of $1 the segment that holds the offset in $2: the one with the greatest number that begins at or
 * before it (several begin at the same offset where nothing of the partition stands in them), or else the first one.
 * Where $3 is not null, the next segment behind that number instead, in which something of the partition was appended or
 * still may be. A partition without such a segment has no row.
 */
export const findSegments = defineStatement<
  [
    partitionIds: readonly number[],
    offsets: readonly bigint[],
    behind: readonly (number | null)[],
  ],
  FoundSegment
>({
  name: 'find_segments',
  text: (schema) => `
    select wanted.position - 1 as position, segment.number, segment.leaf, place.first_offset, place.last_offset
    from unnest($1::int[], $2::bigint[], $3::int[]) with ordinality
      as wanted(partition_id, wanted_offset, behind, position)
    join ${schema}.segment_partitions as place
      on place.partition_id = wanted.partition_id and place.segment_number = coalesce(
        case when wanted.behind is null then (
          select holder.segment_number from ${schema}.segment_partitions as holder
          where holder.partition_id = wanted.partition_id and holder.first_offset <= wanted.wanted_offset
          order by holder.segment_number desc limit 1
        ) end,
        (
          select next.segment_number from ${schema}.segment_partitions as next
          where next.partition_id = wanted.partition_id and next.segment_number > coalesce(wanted.behind, -1)
            and (next.last_offset is null or next.last_offset >= next.first_offset)
          order by next.segment_number limit 1
        )
      )
    join ${schema}.segments as segment
      on segment.topic_number = place.topic_number and segment.number = place.segment_number`,
  mapRow: (row) => ({
    position: Number(row.position),
    number: row.number as number,
    leaf: row.leaf as string,
    firstOffset: BigInt(row.first_offset as string),
    lastOffset:
      row.last_offset === null ? null : BigInt(row.last_offset as string),
  }),
});
