import type { Database } from '#postgres';
import { requireGroupName } from './group-name.js';

/** A partition of the log as one group sees it. */
export interface GroupPartition {
  /** Unique in the database: what locks and committed offsets bear. */
  readonly id: number;
  readonly group: string;
  readonly partitionId: number;
}

/**
 * The group's partitions for those of the log, made where they are not there yet. A group begins to exist with this.
 *
 * @throws PostamtError INVALID_GROUP_ID for an empty name or one of more than 249 characters.
 */
export async function joinPartitions(
  db: Database,
  group: string,
  partitionIds: readonly number[],
): Promise<GroupPartition[]> {
  requireGroupName(group);
  for (;;) {
    const known = await readPartitions(db, group, partitionIds);
    if (known.length === new Set(partitionIds).size) return known;
    // A group that is deleted in between is made again.
    await insertPartitions(db, group, partitionIds);
  }
}

/** Each statement sees what the one before it left, also where another process was faster with the same row. */
async function insertPartitions(
  db: Database,
  group: string,
  partitionIds: readonly number[],
): Promise<void> {
  await db.transaction(async (tx) => {
    await tx.query(
      `insert into ${tx.schema}.consumer_groups (name) values ($1)
      on conflict on constraint consumer_groups_name_key do nothing`,
      [group],
    );
    await tx.query(
      `insert into ${tx.schema}.group_partitions (group_id, partition_id)
      select consumer_group.id, wanted.id
      from (
        select id from ${tx.schema}.consumer_groups where name = $1 for key share
      ) as consumer_group, unnest($2::int[]) as wanted(id)
      order by wanted.id
      on conflict on constraint group_partitions_group_id_partition_id_key do nothing`,
      [group, partitionIds],
    );
  });
}

async function readPartitions(
  db: Database,
  group: string,
  partitionIds: readonly number[],
): Promise<GroupPartition[]> {
  const { rows } = await db.query(
    `select joined.id, joined.partition_id
    from ${db.schema}.group_partitions as joined
    join ${db.schema}.consumer_groups as consumer_group on consumer_group.id = joined.group_id
    where consumer_group.name = $1 and joined.partition_id = any ($2::int[])
    order by joined.partition_id`,
    [group, partitionIds],
  );
  return rows.map((row) => ({
    id: row.id as number,
    group,
    partitionId: row.partition_id as number,
  }));
}
