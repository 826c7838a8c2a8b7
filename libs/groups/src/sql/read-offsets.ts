import { defineStatement } from '#postgres';
import type { CommittedOffset } from '../offsets/offset-commit.js';

/** The committed offsets of a group's partitions, no row where there is none. $1 group partition ids. */
export const readOffsets = defineStatement<
  [groupPartitionIds: readonly number[]],
  readonly [id: number, committed: CommittedOffset]
>({
  name: 'read_offsets',
  text: (schema) => `
    select wanted.id, last.committed_offset, last.leader_epoch, last.metadata, last.epoch, last.committed_at
    from unnest($1::int[]) as wanted(id)
    cross join lateral (
      select * from ${schema}.committed_offsets as latest
      where latest.group_partition_id = wanted.id order by latest.number desc limit 1
    ) as last`,
  mapRow: (row) => [
    row.id as number,
    {
      offset: BigInt(row.committed_offset as string),
      leaderEpoch: row.leader_epoch as number | null,
      metadata: row.metadata as string,
      epoch: row.epoch as number,
      committedAt: row.committed_at as Date,
    },
  ],
});
