/**
 * The part of an append that finds where a batch goes: a subquery with the one column `base_offset`, null where what the
 * caller knows of the partition is out of date. $1 partition id · $2 leader epoch · $3 segment number · $9 timeline of
 * the server.
 *
 * The head is the greatest base offset's `last_offset + 1`, from the end of the key's index, or the segment's floor. No
 * counter row: with one snapshot held open, a counter row went from 10 to 81 µs an append over 10,000 updates, the
 * index stayed at 16 µs. Everything else stands in one row, since each table that is joined costs more than what is read
 * of it.
 *
 * A base offset of null is refused by the leaf (`not null`), so that whatever was sent behind it in the same flight,
 * COMMIT too, fails with it; why, is asked afterwards. A function that raised the reason here cost 15 µs by being named.
 */
export function checkedHead(
  schema: string,
  leaf: string,
  alias = 'checked',
  leaderEpoch = '$2::int',
): string {
  return `
    (
      select (
        select case
          when partition.leader_epoch = ${leaderEpoch} and partition.segment_number = $3::int
            and partition.timeline = $9::int
          then coalesce(
            (
              select head.last_offset + 1 from ${schema}.${leaf} as head
              where head.partition_id = $1
              order by head.base_offset desc limit 1
            ),
            partition.floor_offset
          )
        end
        from ${schema}.partitions as partition where partition.id = $1
      ) as base_offset
      offset 0
    ) as ${alias}`;
}

/** The columns of a leaf that an append writes, in the order of its values. */
export const LEAF_COLUMNS = `
  partition_id, base_offset, last_offset, leader_epoch, record_count, max_timestamp, attributes,
  producer_id, producer_epoch, base_sequence, batch`;
