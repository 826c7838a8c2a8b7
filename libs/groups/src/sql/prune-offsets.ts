import { defineStatement } from '#postgres';

/** Deletes the committed offsets that later ones stand before. $1 group partition ids. */
export const pruneOffsets = defineStatement<
  [groupPartitionIds: readonly number[]]
>({
  name: 'prune_offsets',
  text: (schema) => `
    delete from ${schema}.committed_offsets as old
    using (
      select superseded.group_partition_id, superseded.number
      from unnest($1::int[]) as wanted(id)
      join ${schema}.committed_offsets as superseded on superseded.group_partition_id = wanted.id
      where superseded.number < (
        select max(last.number) from ${schema}.committed_offsets as last where last.group_partition_id = wanted.id
      )
      for update of superseded skip locked
    ) as free
    where old.group_partition_id = free.group_partition_id and old.number = free.number`,
});
