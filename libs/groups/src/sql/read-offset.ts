import { defineStatement } from '#postgres';

/** The committed offset of a group's partition, no row where there is none. $1 group partition id. */
export const readOffset = defineStatement<[groupPartitionId: number], bigint>({
  name: 'read_offset',
  text: (schema) => `
    select committed_offset from ${schema}.committed_offsets
    where group_partition_id = $1 order by number desc limit 1`,
  mapRow: (row) => BigInt(row.committed_offset as string),
});
