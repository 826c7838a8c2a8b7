import { defineStatement, type Statement } from '#postgres';
import { REMEMBERED_BATCHES } from './append-idempotent.js';

/**
 * Notes where each partition ends in the active leaf, which is refused where it is not active any more. $1 topic number ·
 * $2 segment number. The topic's lock is held, so that nobody appends.
 */
export function sealPartitions(
  leaf: string,
): Statement<[topicNumber: number, segmentNumber: number], void> {
  return defineStatement({
    name: `seal_partitions_${leaf}`,
    text: (schema) => `
      update ${schema}.segment_partitions as sealed
      set last_offset = case
        when segment.state is distinct from 'active'
          then ${schema}.refuse('PA002', '${leaf} is not the active leaf any more')
        else coalesce(
          (
            select head.last_offset from ${schema}.${leaf} as head
            where head.partition_id = sealed.partition_id
            order by head.base_offset desc limit 1
          ),
          sealed.first_offset - 1
        )
      end
      from ${schema}.segments as segment
      where sealed.topic_number = $1 and sealed.segment_number = $2
        and segment.topic_number = $1 and segment.number = $2`,
  });
}

/** Seals a segment. $1 topic number · $2 segment number */
export const sealSegment = defineStatement<
  [topicNumber: number, segmentNumber: number]
>({
  name: 'seal_segment',
  text: (schema) => `
    update ${schema}.segments
    set state = case
        when state <> 'active' then ${schema}.refuse('PA002', leaf || ' is not the active leaf any more')::text
        else 'sealed'
      end,
      sealed_at = clock_timestamp()
    where topic_number = $1 and number = $2`,
});

/** Opens the segment behind a sealed one: each partition goes on where it ended there. $1 topic number · $2 number of the sealed one · $3 leaf */
export const openSegment = defineStatement<
  [topicNumber: number, sealedNumber: number, leaf: string]
>({
  name: 'open_segment',
  text: (schema) => `
    with opened as (
      insert into ${schema}.segments (topic_number, number, leaf, created_at)
      select $1,
        case
          when exists (select from ${schema}.segments where topic_number = $1 and number = $2 and state = 'sealed') then $2::int + 1
          else ${schema}.refuse('PA002', 'the topic is gone')::int
        end,
        $3, clock_timestamp()
    ), floors as (
      insert into ${schema}.segment_partitions (topic_number, segment_number, partition_id, first_offset)
      select $1, $2::int + 1, partition_id, last_offset + 1
      from ${schema}.segment_partitions where topic_number = $1 and segment_number = $2
      returning partition_id, first_offset
    )
    update ${schema}.partitions as partition set segment_number = $2::int + 1, floor_offset = floors.first_offset
    from floors where partition.id = floors.partition_id`,
});

/**
 * Notes the last batches of each idempotent producer in a leaf that is being sealed. The index of producers is walked
 * from one producer to the next, so that the time depends on how many there are and not on how much they wrote.
 */
export function noteProducers(leaf: string): Statement<[], void> {
  return defineStatement({
    name: `note_producers_${leaf}`,
    text: (schema) => `
      with recursive producer as (
        (
          select partition_id, producer_id from ${schema}.${leaf}
          where producer_id >= 0 order by partition_id, producer_id limit 1
        )
        union all
        select next.partition_id, next.producer_id
        from producer cross join lateral (
          select partition_id, producer_id from ${schema}.${leaf}
          where producer_id >= 0 and (partition_id, producer_id) > (producer.partition_id, producer.producer_id)
          order by partition_id, producer_id limit 1
        ) as next
      ), noted as (
        insert into ${schema}.producer_snapshots
          (partition_id, producer_id, producer_epoch, base_sequence, base_offset, last_offset)
        select producer.partition_id, producer.producer_id, batch.producer_epoch, batch.base_sequence,
          batch.base_offset, batch.last_offset
        from producer cross join lateral (
          select producer_epoch, base_sequence, base_offset, last_offset from ${schema}.${leaf}
          where partition_id = producer.partition_id and producer_id = producer.producer_id and producer_id >= 0
          order by partition_id desc, producer_id desc, base_offset desc limit ${REMEMBERED_BATCHES}
        ) as batch
        returning partition_id, producer_id, base_offset
      )
      delete from ${schema}.producer_snapshots as superseded
      using (
        select partition_id, producer_id, count(*) as batches from noted group by partition_id, producer_id
      ) as fresh
      where superseded.partition_id = fresh.partition_id and superseded.producer_id = fresh.producer_id
        and (
          select count(*) from ${schema}.producer_snapshots as later
          where later.partition_id = superseded.partition_id and later.producer_id = superseded.producer_id
            and later.base_offset > superseded.base_offset
        ) + fresh.batches >= ${REMEMBERED_BATCHES}`,
  });
}
