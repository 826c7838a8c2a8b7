import { defineStatement, type Statement } from '#postgres';

/** $1 partition id · $2 leader epoch · $3 topic number · $4 segment number · $5 last offset delta · $6 record count ·
 * $7 max timestamp · $8 attributes · $9 batch */
export type AppendBatchValues = [
  partitionId: number,
  leaderEpoch: number,
  topicNumber: number,
  segmentNumber: number,
  lastOffsetDelta: number,
  recordCount: number,
  maxTimestamp: number,
  attributes: number,
  batch: Buffer,
];

const statements = new Map<string, Statement<AppendBatchValues, bigint>>();

/**
 * Puts one batch at the head of its partition; returns its base offset. The partition's lock has been taken before, in
 * a statement of its own.
 *
 * The head is the greatest base offset's `last_offset + 1`, from the end of the key's index, or the segment's floor. No
 * counter row: with one snapshot held open, a counter row went from 10 to 81 µs an append over 10,000 updates, the
 * index stayed at 16 µs. What makes the append wrong is refused by an error, so that whatever was sent behind it in the
 * same flight, COMMIT too, fails with it.
 */
export function appendBatch(
  leaf: string,
): Statement<AppendBatchValues, bigint> {
  const known = statements.get(leaf);
  if (known) return known;
  const statement = defineStatement<AppendBatchValues, bigint>({
    name: `append_${leaf}`,
    text: (schema) => `
      insert into ${schema}.${leaf} (
        partition_id, base_offset, last_offset, leader_epoch, record_count, max_timestamp, attributes,
        producer_id, producer_epoch, base_sequence, batch
      )
      select
        $1, checked.base_offset, checked.base_offset + $5, $2, $6, $7, $8, -1, -1, -1, $9
      from (
        select case
          when partition.id is null
            then ${schema}.refuse('PA001', 'partition ' || $1 || ' is gone; reload the topic')
          when segment.state is distinct from 'active'
            then ${schema}.refuse('PA002', '${leaf} is not the active leaf any more; reload the topic')
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
        left join ${schema}.partitions as partition on partition.id = wanted.id
        left join ${schema}.segments as segment on segment.topic_number = $3::int and segment.number = $4::int
        left join ${schema}.segment_partitions as floor
          on floor.partition_id = wanted.id and floor.segment_number = $4::int
      ) as checked
      returning base_offset`,
    mapRow: (row) => BigInt(row.base_offset as string),
  });
  statements.set(leaf, statement);
  return statement;
}
