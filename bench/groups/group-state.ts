import type { Database } from '#postgres';

/** How many partitions of a group are where they are to be, with a member, and how many members have one at least. */
export async function settled(
  db: Database,
  group: string,
): Promise<{ readonly partitions: number; readonly members: number }> {
  const { rows } = await db.query(
    `select count(*)::int as partitions, count(distinct joined.owner)::int as members
    from ${db.schema}.group_partitions as joined
    join ${db.schema}.consumer_groups as consumer_group on consumer_group.id = joined.group_id
    where consumer_group.name = $1 and joined.owner = joined.target`,
    [group],
  );
  const { partitions = 0, members = 0 } = rows[0] ?? {};
  return { partitions: partitions as number, members: members as number };
}

/** How many partitions of a group some member has. */
export async function ownedPartitions(
  db: Database,
  group: string,
): Promise<number> {
  const { rows } = await db.query(
    `select count(*)::int as owned
    from ${db.schema}.group_partitions as joined
    join ${db.schema}.consumer_groups as consumer_group on consumer_group.id = joined.group_id
    where consumer_group.name = $1 and joined.owner is not null`,
    [group],
  );
  return rows[0]?.owned as number;
}
