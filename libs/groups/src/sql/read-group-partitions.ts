import { defineStatement } from '#postgres';
import type { GroupPartitionState } from '../coordinate/group-state.js';

/** The partitions that a group knows. $1 group id. */
export const readGroupPartitions = defineStatement<
  [groupId: number],
  GroupPartitionState
>({
  name: 'read_group_partitions',
  text: (schema) => `
    select id, partition_id, owner, target, epoch
    from ${schema}.group_partitions where group_id = $1 order by partition_id`,
  mapRow: (row) => ({
    id: row.id as number,
    partitionId: row.partition_id as number,
    owner: row.owner as number | null,
    target: row.target as number | null,
    epoch: row.epoch as number,
  }),
});
