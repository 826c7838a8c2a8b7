import { defineStatement } from '#postgres';
import { groupStateOf, type GroupState } from '../group-state.js';

/** A group, in short. */
export interface ListedGroup {
  readonly name: string;
  readonly state: GroupState;
  readonly members: number;
  readonly generation: number;
  /** The assignor of the last assignment; null where there was none. */
  readonly assignor: string | null;
  /** Topics in which it has committed offsets, or in which its members have partitions; by name. */
  readonly topics: readonly string[];
  /** Since when it has no members; null while it has some. */
  readonly emptiedAt: Date | null;
}

/** All groups, by name. */
export const readGroups = defineStatement<[], ListedGroup>({
  name: 'list_groups',
  text: (schema) => `
    select
      consumer_group.name, consumer_group.epoch, consumer_group.assignment_epoch, consumer_group.assignor,
      consumer_group.emptied_at,
      (
        select count(*)::int from ${schema}.group_members as member where member.group_id = consumer_group.id
      ) as members,
      exists (
        select from ${schema}.group_partitions as moving
        where moving.group_id = consumer_group.id and moving.owner is distinct from moving.target
      ) as is_moving,
      array(
        select topic.name
        from ${schema}.group_partitions as joined
        join ${schema}.partitions as partition on partition.id = joined.partition_id
        join ${schema}.topics as topic on topic.number = partition.topic_number and topic.deleted_at is null
        where joined.group_id = consumer_group.id and (
          joined.owner is not null or joined.target is not null
          or exists (select from ${schema}.committed_offsets as committed where committed.group_partition_id = joined.id)
        )
        group by topic.number
        order by topic.name
      ) as topics
    from ${schema}.consumer_groups as consumer_group
    order by consumer_group.name`,
  mapRow: (row) => {
    const members = row.members as number;
    const generation = row.epoch as number;
    const assignmentEpoch = row.assignment_epoch as number;
    const isMoving = row.is_moving as boolean;
    return {
      name: row.name as string,
      state: groupStateOf({ members, generation, assignmentEpoch, isMoving }),
      members,
      generation,
      assignor: row.assignor as string | null,
      topics: row.topics as string[],
      emptiedAt: row.emptied_at as Date | null,
    };
  },
});
