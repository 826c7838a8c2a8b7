import { defineStatement } from '#postgres';

/** Deletes what a group has committed in partitions. $1 group partition ids. */
export const deleteCommitted = defineStatement<
  [groupPartitionIds: readonly number[]]
>({
  name: 'delete_committed_offsets',
  text: (schema) => `
    delete from ${schema}.committed_offsets where group_partition_id = any ($1::int[])`,
});

/** Some partitions of a group, and whether something is committed in them. $1 group id · $2 how many. */
export const someGroupPartitions = defineStatement<
  [groupId: number, most: number],
  { readonly id: number; readonly isCommitted: boolean }
>({
  name: 'some_group_partitions',
  text: (schema) => `
    select
      joined.id,
      exists (
        select from ${schema}.committed_offsets as committed where committed.group_partition_id = joined.id
      ) as is_committed
    from ${schema}.group_partitions as joined where joined.group_id = $1
    order by joined.id limit $2`,
  mapRow: (row) => ({
    id: row.id as number,
    isCommitted: row.is_committed as boolean,
  }),
});

/** Deletes partitions of a group. $1 group partition ids. */
export const deleteGroupPartitions = defineStatement<
  [groupPartitionIds: readonly number[]]
>({
  name: 'delete_group_partitions',
  text: (schema) => `
    delete from ${schema}.group_partitions where id = any ($1::int[])`,
});

/** Deletes a group that has neither partitions nor members. $1 its id. */
export const deleteGroupRow = defineStatement<[groupId: number]>({
  name: 'delete_group',
  text: (schema) => `delete from ${schema}.consumer_groups where id = $1`,
});
