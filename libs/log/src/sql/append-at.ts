import { defineStatement } from '#postgres';
import type { AppendIdempotentValues } from './append-idempotent.js';
import { checkedHead, LEAF_COLUMNS } from './checked-head.js';
import { perLeaf } from './per-leaf.js';

/**
 * Puts a leader's batch where it says: its base offset is $13, the other values are those of an idempotent append. It is
 * refused before the end of the log. The leader epoch is the batch's, not the partition's: what is copied is older.
 */
export const appendAtOffset = perLeaf((leaf) =>
  defineStatement<[...AppendIdempotentValues, baseOffset: bigint]>({
    name: `append_at_${leaf}`,
    text: (schema) => `
      insert into ${schema}.${leaf} (${LEAF_COLUMNS})
      select $1, place.base_offset, place.base_offset + $4, $2, $5, $6, $7, $10, $11, $12, $8
      from (
        select case
          when checked.base_offset is null then null
          when checked.base_offset <= $13::bigint then $13::bigint
          else ${schema}.refuse('PA010', 'the log ends at ' || checked.base_offset || ', a batch for it begins at ' || $13)
        end as base_offset
        from ${checkedHead(schema, leaf, 'checked', 'partition.leader_epoch')}
      ) as place`,
  }),
);

/** Notes that offsets are missing before a batch. $1 partition id · $2 its base offset */
export const noteGap = perLeaf((leaf) =>
  defineStatement<[partitionId: number, baseOffset: bigint]>({
    name: `note_gap_${leaf}`,
    text: (schema) => `
      update ${schema}.segments set has_gaps = true
      where leaf = '${leaf}' and not has_gaps and $2 > coalesce(
        (
          select head.last_offset + 1 from ${schema}.${leaf} as head
          where head.partition_id = $1 order by head.base_offset desc limit 1
        ),
        (select partition.floor_offset from ${schema}.partitions as partition where partition.id = $1)
      )`,
  }),
);

/**
 * Notes where a leader epoch begins, the first time that a batch bears it: it is the partition's from then on.
 * $1 partition id · $2 epoch · $3 base offset
 */
export const noteEpoch = defineStatement<
  [partitionId: number, epoch: number, baseOffset: bigint]
>({
  name: 'note_epoch',
  text: (schema) => `
    with begun as (
      insert into ${schema}.leader_epochs (partition_id, epoch, start_offset)
      select $1, $2, $3
      where $2 > coalesce((select max(epoch) from ${schema}.leader_epochs where partition_id = $1), -1)
      returning epoch
    )
    update ${schema}.partitions as partition set leader_epoch = begun.epoch
    from begun where partition.id = $1 and partition.leader_epoch < begun.epoch`,
});
