import { defineStatement } from '#postgres';

/** A partition of a group in which an offset is committed and nobody needs it any more. */
export interface StaleOffset {
  readonly groupId: number;
  readonly id: number;
}

/**
 * The rule, on `joined`, `consumer_group` and the `last` that is committed; $1 how long offsets are kept, in milliseconds.
 * A group without members: for so long after its last member has left, or after the commit, whichever was later. A group
 * with members that is stable: offsets of what no member subscribes to, for so long after the commit (KIP-211).
 */
function isStale(schema: string): string {
  return `
      last.committed_at < clock_timestamp() - $1 * interval '1 millisecond'
      and not consumer_group.keeps_offsets
      and joined.owner is null and joined.target is null
      and (
        consumer_group.emptied_at < clock_timestamp() - $1 * interval '1 millisecond'
        or (
          consumer_group.emptied_at is null and consumer_group.assignment_epoch = consumer_group.epoch
          and not exists (
            select from ${schema}.group_members as member
            where member.group_id = consumer_group.id and (
              member.pattern is not null
              or exists (
                select from ${schema}.partitions as partition
                join ${schema}.topics as topic on topic.number = partition.topic_number
                where partition.id = joined.partition_id and topic.name = any (member.topics)
              )
            )
          )
        )
      )`;
}

function lastCommitted(schema: string): string {
  return `
    cross join lateral (
      select latest.committed_at from ${schema}.committed_offsets as latest
      where latest.group_partition_id = joined.id order by latest.number desc limit 1
    ) as last`;
}

/** Some offsets that are stale. $1 how long they are kept, in ms · $2 behind this group partition · $3 at most so many. */
export const findStaleOffsets = defineStatement<
  [retentionMs: number, after: number, most: number],
  StaleOffset
>({
  name: 'find_stale_offsets',
  text: (schema) => `
    select joined.group_id, joined.id
    from ${schema}.group_partitions as joined
    join ${schema}.consumer_groups as consumer_group on consumer_group.id = joined.group_id
    ${lastCommitted(schema)}
    where joined.id > $2 and ${isStale(schema)}
    order by joined.id limit $3`,
  mapRow: (row) => ({
    groupId: row.group_id as number,
    id: row.id as number,
  }),
});

/** Locks groups against turns, those that nobody has just now. $1 group ids. */
export const tryGroups = defineStatement<[groupIds: readonly number[]], number>(
  {
    name: 'try_groups',
    text: (schema) => `
    select id from ${schema}.consumer_groups where id = any ($1::int[])
    order by id for no key update skip locked`,
    mapRow: (row) => row.id as number,
  },
);

/**
 * Deletes what is committed in partitions of groups, where it is stale still. $1 how long it is kept, in ms · $2 group
 * partition ids. Groups and partitions are locked. Returns the partitions.
 */
export const expireOffsets = defineStatement<
  [retentionMs: number, ids: readonly number[]],
  number
>({
  name: 'expire_offsets',
  text: (schema) => `
    with stale as (
      select joined.id
      from ${schema}.group_partitions as joined
      join ${schema}.consumer_groups as consumer_group on consumer_group.id = joined.group_id
      ${lastCommitted(schema)}
      where joined.id = any ($2::int[]) and ${isStale(schema)}
    ), expired as (
      delete from ${schema}.committed_offsets as committed using stale
      where committed.group_partition_id = stale.id
      returning committed.group_partition_id
    )
    select distinct group_partition_id from expired`,
  mapRow: (row) => row.group_partition_id as number,
});
