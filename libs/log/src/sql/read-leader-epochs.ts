import { defineStatement } from '#postgres';

/** A leader epoch of a partition, and the first offset that was, or would have been, appended under it. */
export interface LeaderEpoch {
  readonly partitionId: number;
  readonly epoch: number;
  readonly startOffset: bigint;
}

/** The leader epochs of the partitions in $1, in ascending order. */
export const readLeaderEpochs = defineStatement<
  [partitionIds: readonly number[]],
  LeaderEpoch
>({
  name: 'read_leader_epochs',
  text: (schema) => `
    select partition_id, epoch, start_offset from ${schema}.leader_epochs
    where partition_id = any ($1::int[])
    order by partition_id, epoch`,
  mapRow: (row) => ({
    partitionId: row.partition_id as number,
    epoch: row.epoch as number,
    startOffset: BigInt(row.start_offset as string),
  }),
});
