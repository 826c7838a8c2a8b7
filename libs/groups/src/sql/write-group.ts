import { defineStatement } from '#postgres';

/** Removes members. $1 their numbers. */
export const deleteMembers = defineStatement<[members: readonly number[]]>({
  name: 'delete_members',
  text: (schema) =>
    `delete from ${schema}.group_members where id = any ($1::int[])`,
});

/** Adds partitions to a group. $1 group id · $2 ids of partitions · $3 owners, who are the targets too · $4 generation. */
export const insertGroupPartitions = defineStatement<
  [
    groupId: number,
    partitionIds: readonly number[],
    owners: readonly (number | null)[],
    generation: number,
  ]
>({
  name: 'insert_group_partitions',
  text: (schema) => `
    insert into ${schema}.group_partitions (group_id, partition_id, owner, target, epoch)
    select $1, added.partition_id, added.owner, added.owner, $4
    from unnest($2::int[], $3::int[]) as added(partition_id, owner)
    on conflict on constraint group_partitions_group_id_partition_id_key
    do update set owner = excluded.owner, target = excluded.target, epoch = excluded.epoch`,
});

/** Gives partitions of a group to others. $1 group partition ids · $2 owners · $3 targets · $4 generations. */
export const updateGroupPartitions = defineStatement<
  [
    ids: readonly number[],
    owners: readonly (number | null)[],
    targets: readonly (number | null)[],
    epochs: readonly number[],
  ]
>({
  name: 'update_group_partitions',
  text: (schema) => `
    update ${schema}.group_partitions as joined
    set owner = moved.owner, target = moved.target, epoch = moved.epoch,
      retargeted_at = case
        when moved.owner is null or moved.owner = moved.target then null
        else coalesce(joined.retargeted_at, clock_timestamp())
      end
    from unnest($1::int[], $2::int[], $3::int[], $4::int[]) as moved(id, owner, target, epoch)
    where joined.id = moved.id`,
});

/** Writes the group's own row. $1 group id · $2 generation · $3 generation of the targets · $4 catalogue · $5 assignor. */
export const updateGroup = defineStatement<
  [
    groupId: number,
    generation: number,
    assignmentEpoch: number,
    catalogue: bigint,
    assignor: string | null,
  ]
>({
  name: 'update_group',
  text: (schema) => `
    update ${schema}.consumer_groups as consumer_group
    set epoch = $2, assignment_epoch = $3, catalogue = $4, assignor = $5, version = version + 1,
      emptied_at = case
        when exists (select from ${schema}.group_members as member where member.group_id = $1) then null
        else coalesce(emptied_at, clock_timestamp())
      end
    where consumer_group.id = $1`,
});

/** Notes that a group was looked at, and nothing concerns it: nobody is told. $1 group id · $2 catalogue. */
export const noteCatalogue = defineStatement<
  [groupId: number, catalogue: bigint]
>({
  name: 'note_catalogue',
  text: (schema) =>
    `update ${schema}.consumer_groups set catalogue = $2 where id = $1`,
});
