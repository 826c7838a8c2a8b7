import { defineStatement } from '#postgres';

/** Deletes the committed offsets that later ones stand before. $1 group partition ids. */
export const pruneOffsets = defineStatement<
  [groupPartitionIds: readonly number[]]
>({
  name: 'prune_offsets',
  text: (schema) => `
    delete from ${schema}.committed_offsets as old
    using unnest($1::int[]) as wanted(id)
    where old.group_partition_id = wanted.id
      and old.number < (
        select max(last.number) from ${schema}.committed_offsets as last where last.group_partition_id = wanted.id
      )`,
});
