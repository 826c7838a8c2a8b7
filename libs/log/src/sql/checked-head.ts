import { IN_FLIGHT } from '#postgres';

/**
 * The part of an append that finds where a batch goes, or refuses it: a subquery `checked` with the one column
 * `base_offset`. $1 partition id · $2 leader epoch · $3 topic number · $4 segment number.
 *
 * The head is the greatest base offset's `last_offset + 1`, from the end of the key's index, or the segment's floor. No
 * counter row: with one snapshot held open, a counter row went from 10 to 81 µs an append over 10,000 updates, the
 * index stayed at 16 µs. What makes the append wrong is refused by an error, so that whatever was sent behind it in the
 * same flight, COMMIT too, fails with it.
 */
export function checkedHead(schema: string, leaf: string): string {
  return `
    (
      select case
        when not coalesce(${IN_FLIGHT}, false)
          then ${schema}.refuse('PA007', 'BEGIN failed; nothing was appended')
        when partition.id is null
          then ${schema}.refuse('PA001', 'partition ' || $1 || ' is gone; reload the topic')
        when segment.state is distinct from 'active'
          then ${schema}.refuse('PA002', '${leaf} is not the active leaf any more; reload the topic')
        when timeline.number is distinct from ${schema}.current_timeline()
          then ${schema}.refuse('PA006', 'the server is on timeline ' || ${schema}.current_timeline())
        when partition.leader_epoch <> $2::int
          then ${schema}.refuse('PA003', 'leader epoch ' || $2 || ' is not ' || partition.leader_epoch || ', the current one')
        else coalesce(
          (
            select head.last_offset + 1 from ${schema}.${leaf} as head
            where head.partition_id = $1
            order by head.base_offset desc limit 1
          ),
          floor.first_offset
        )
      end as base_offset
      from (values ($1::int)) as wanted(id)
      left join ${schema}.timeline as timeline on true
      left join ${schema}.partitions as partition on partition.id = wanted.id
      left join ${schema}.segments as segment on segment.topic_number = $3::int and segment.number = $4::int
      left join ${schema}.segment_partitions as floor
        on floor.partition_id = wanted.id and floor.segment_number = $4::int
    ) as checked`;
}

/** The columns of a leaf that an append writes, in the order of its values. */
export const LEAF_COLUMNS = `
  partition_id, base_offset, last_offset, leader_epoch, record_count, max_timestamp, attributes,
  producer_id, producer_epoch, base_sequence, batch`;
