import { defineStatement } from '#postgres';

/** Makes a group that is not there; no row where it is. $1 name. */
export const addGroup = defineStatement<[name: string], number>({
  name: 'add_group',
  text: (schema) => `
    insert into ${schema}.consumer_groups (name) values ($1)
    on conflict on constraint consumer_groups_name_key do nothing
    returning id`,
  mapRow: (row) => row.id as number,
});

/** Locks a group's row against turns, and so against joining members. $1 name. */
export const holdGroup = defineStatement<[name: string], number>({
  name: 'hold_group',
  text: (schema) => `
    select id from ${schema}.consumer_groups where name = $1 for no key update`,
  mapRow: (row) => row.id as number,
});

/** The same against whoever adds partitions to it, too: it is to be deleted. $1 name. */
export const holdGroupAlone = defineStatement<[name: string], number>({
  name: 'hold_group_alone',
  text: (schema) => `
    select id from ${schema}.consumer_groups where name = $1 for update`,
  mapRow: (row) => row.id as number,
});

/** The same without a lock, to see what would be done. $1 name. */
export const findGroup = defineStatement<[name: string], number>({
  name: 'find_group',
  text: (schema) => `select id from ${schema}.consumer_groups where name = $1`,
  mapRow: (row) => row.id as number,
});

/** The partitions of a group, made where they are not there. $1 group id · $2 ids of partitions. */
export const addPartitionsOfGroup = defineStatement<
  [groupId: number, partitionIds: readonly number[]]
>({
  name: 'add_partitions_of_group',
  // In the order of `joinPartitions`: two that add the same ones wait for each other one way only.
  text: (schema) => `
    insert into ${schema}.group_partitions (group_id, partition_id)
    select $1, wanted.id from unnest($2::int[]) as wanted(id)
    order by wanted.id
    on conflict on constraint group_partitions_group_id_partition_id_key do nothing`,
});

/** A partition of a group. */
export interface JoinedPartition {
  readonly id: number;
  readonly partitionId: number;
  /** Whether a member has it, or is to have it. */
  readonly isTaken: boolean;
}

/** The partitions of a group among some. $1 group id · $2 ids of partitions. */
export const findPartitionsOfGroup = defineStatement<
  [groupId: number, partitionIds: readonly number[]],
  JoinedPartition
>({
  name: 'find_partitions_of_group',
  text: (schema) => `
    select id, partition_id, owner is not null or target is not null as is_taken
    from ${schema}.group_partitions where group_id = $1 and partition_id = any ($2::int[])
    order by id`,
  mapRow: (row) => ({
    id: row.id as number,
    partitionId: row.partition_id as number,
    isTaken: row.is_taken as boolean,
  }),
});
