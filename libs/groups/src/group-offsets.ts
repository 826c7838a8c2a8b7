import type { Database, EngineTx } from '#postgres';

/** What a group has committed, by the partition's id in the database; a partition without a commit is not among them. */
export type GroupOffsets = ReadonlyMap<number, bigint>;

/** The committed offsets of a group, read as they stand now. */
export async function groupOffsets(
  db: Database | EngineTx,
  group: string,
): Promise<GroupOffsets> {
  const { rows } = await db.query(
    `select joined.partition_id, last.committed_offset
    from ${db.schema}.group_partitions as joined
    join ${db.schema}.consumer_groups as consumer_group on consumer_group.id = joined.group_id
    join lateral (
      select latest.committed_offset from ${db.schema}.committed_offsets as latest
      where latest.group_partition_id = joined.id order by latest.number desc limit 1
    ) as last on true
    where consumer_group.name = $1`,
    [group],
  );
  return new Map(
    rows.map((row) => [
      row.partition_id as number,
      BigInt(row.committed_offset as string),
    ]),
  );
}

/** Keeps a group from committing until the transaction ends, once what commits now is through; returns its offsets. */
export async function freezeGroup(
  tx: EngineTx,
  group: string,
): Promise<GroupOffsets> {
  const { rows } = await tx.query(
    `select joined.id from ${tx.schema}.group_partitions as joined
    join ${tx.schema}.consumer_groups as consumer_group on consumer_group.id = joined.group_id
    where consumer_group.name = $1`,
    [group],
  );
  await tx.lock(
    'groupPartition',
    rows.map((row) => row.id as number),
  );
  return groupOffsets(tx, group);
}
