import { defineStatement } from '#postgres';

/** On `consumer_group`; $1 how long a group is kept, in milliseconds. */
function isUnused(schema: string): string {
  return `
      consumer_group.emptied_at < clock_timestamp() - $1 * interval '1 millisecond'
      and not consumer_group.keeps_offsets
      and not exists (select from ${schema}.group_members as member where member.group_id = consumer_group.id)
      and not exists (
        select from ${schema}.group_partitions as joined
        join ${schema}.committed_offsets as committed on committed.group_partition_id = joined.id
        where joined.group_id = consumer_group.id
      )`;
}

/** A group. */
export interface UnusedGroup {
  readonly id: number;
  readonly name: string;
}

/**
 * Some groups that have neither members nor offsets, and have had none for long. $1 how long they are kept, in ms · $2
 * behind this group · $3 at most so many.
 */
export const findUnusedGroups = defineStatement<
  [retentionMs: number, after: number, most: number],
  UnusedGroup
>({
  name: 'find_unused_groups',
  text: (schema) => `
    select consumer_group.id, consumer_group.name from ${schema}.consumer_groups as consumer_group
    where consumer_group.id > $2 and ${isUnused(schema)}
    order by consumer_group.id limit $3`,
  mapRow: (row) => ({ id: row.id as number, name: row.name as string }),
});

/**
 * Locks a group that is unused still against whoever joins it or adds partitions to it; no row where somebody has it. $1
 * how long groups are kept, in ms · $2 its id.
 */
export const tryUnusedGroup = defineStatement<
  [retentionMs: number, groupId: number],
  number
>({
  name: 'try_unused_group',
  text: (schema) => `
    select consumer_group.id from ${schema}.consumer_groups as consumer_group
    where consumer_group.id = $2 and consumer_group.emptied_at < clock_timestamp() - $1 * interval '1 millisecond'
    for update skip locked`,
  mapRow: (row) => row.id as number,
});

/** Whether a group that is locked has neither members nor offsets. $1 how long groups are kept, in ms · $2 its id. */
export const isUnusedStill = defineStatement<
  [retentionMs: number, groupId: number],
  number
>({
  name: 'is_unused_still',
  text: (schema) => `
    select consumer_group.id from ${schema}.consumer_groups as consumer_group
    where consumer_group.id = $2 and ${isUnused(schema)}`,
  mapRow: (row) => row.id as number,
});
