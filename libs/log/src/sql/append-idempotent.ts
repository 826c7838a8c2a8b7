import { defineStatement } from '#postgres';
import {
  appendedRow,
  type AppendBatchValues,
  type AppendedRow,
} from './append-batch.js';
import { checkedHead, LEAF_COLUMNS } from './checked-head.js';
import { perLeaf } from './per-leaf.js';

/** Those of {$link AppendBatchValues}, and $10 producer id · $11 producer epoch · $12 base sequence */
export type AppendIdempotentValues = [
  ...AppendBatchValues,
  producerId: bigint,
  producerEpoch: number,
  baseSequence: number,
];

/** How many batches of a producer are remembered for each partition, as Kafka does. */
export const REMEMBERED_BATCHES = 5;

/**
 * Puts one batch of an idempotent producer at the head of its partition, or finds it there: of each producer the last
 * five batches of a partition are known, from the active leaf and from what was noted when leaves were sealed. An exact
 * duplicate answers with its first offset. A gap, an older epoch, a newer one that does not begin at sequence 0 are
 * refused; a producer that is not known is taken as it comes (Kafka: ProducerAppendInfo; KIP-360).
 *
 * The place comes first: a leaf that is not the active one any more does not say what a producer sent last, and the
 * insert of no place is refused.
 *
 * Sequences go from 2,147,483,647 to 0. The index of producers is partial: its predicate and its whole order stand in
 * the query, since a parameter does not imply them (280 µs flat against 500 to 1,250 µs).
 */
export const appendIdempotent = perLeaf((leaf) =>
  defineStatement<AppendIdempotentValues, AppendedRow>({
    name: `append_idempotent_${leaf}`,
    text: (schema) => `
      with place as materialized (
        select checked.base_offset from ${checkedHead(schema, leaf)}
      ), known as (
        select * from (${rememberedBatches(schema, leaf)}) as remembered
        order by base_offset desc limit ${REMEMBERED_BATCHES}
      ), latest as (
        select producer_epoch, (base_sequence + last_offset - base_offset + 1) % 2147483648 as next_sequence
        from known order by base_offset desc limit 1
      ), duplicate as (
        select known.base_offset from known join latest on latest.producer_epoch = known.producer_epoch
        where known.producer_epoch = $11 and known.base_sequence = $12 and known.last_offset - known.base_offset = $4
      ), verdict as (
        select case
          when place.base_offset is null then 0
          when exists (select from duplicate) then 1
          when $11::int < latest.producer_epoch then ${schema}.refuse(
            'PA009', 'producer ' || $10 || ' is at epoch ' || latest.producer_epoch || ', a batch came with ' || $11)
          when $11::int > latest.producer_epoch and $12::int <> 0 then ${schema}.refuse(
            'PA008', 'producer ' || $10 || ' began epoch ' || $11 || ' with sequence ' || $12 || ' instead of 0')
          when $11::int = latest.producer_epoch and $12::int <> latest.next_sequence then ${schema}.refuse(
            'PA008', 'producer ' || $10 || ' is to send sequence ' || latest.next_sequence || ', it sent ' || $12)
          else 0
        end as verdict
        from place left join latest on true
      ), inserted as (
        insert into ${schema}.${leaf} (${LEAF_COLUMNS})
        select
          $1, place.base_offset, place.base_offset + $4, $2, $5, $6, $7, $10, $11, $12, $8
        from place
        where (select verdict from verdict) = 0
        returning base_offset
      )
      select base_offset, false as duplicate from inserted
      union all
      select base_offset, true from duplicate`,
    mapRow: appendedRow,
  }),
);

/**
 * The same where the batch is the next one behind the producer's last in this leaf, which nearly every batch is; anything
 * else is refused as out of order, and to be tried again by {$link appendIdempotent}, which knows more and takes longer.
 */
export const appendNext = perLeaf((leaf) =>
  defineStatement<AppendIdempotentValues, AppendedRow>({
    name: `append_next_${leaf}`,
    text: (schema) => `
      insert into ${schema}.${leaf} (${LEAF_COLUMNS})
      select
        $1, checked.base_offset, checked.base_offset + $4, $2, $5, $6, $7, $10, $11, $12, $8
      from (
        select case
          when place.base_offset is null then null
          when $12::int = (
            select (latest.base_sequence + latest.last_offset - latest.base_offset + 1) % 2147483648
            from (
              select producer_epoch, base_sequence, base_offset, last_offset from ${schema}.${leaf}
              where partition_id = $1 and producer_id = $10 and producer_id >= 0
              order by partition_id desc, producer_id desc, base_offset desc limit 1
            ) as latest
            where latest.producer_epoch = $11
          ) then place.base_offset
          else ${schema}.refuse('PA008', 'not the next batch of its producer in ${leaf}')
        end as base_offset
        from ${checkedHead(schema, leaf, 'place')}
      ) as checked
      returning base_offset, false as duplicate`,
    mapRow: appendedRow,
  }),
);

function rememberedBatches(schema: string, leaf: string): string {
  const columns = 'producer_epoch, base_sequence, base_offset, last_offset';
  return `
    (
      select ${columns} from ${schema}.${leaf}
      where partition_id = $1 and producer_id = $10 and producer_id >= 0
      order by partition_id desc, producer_id desc, base_offset desc limit ${REMEMBERED_BATCHES}
    )
    union all
    (
      select ${columns} from ${schema}.producer_snapshots
      where partition_id = $1 and producer_id = $10
      order by partition_id desc, producer_id desc, base_offset desc limit ${REMEMBERED_BATCHES}
    )`;
}
