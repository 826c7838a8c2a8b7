import { defineStatement } from '#postgres';

/** A partition of a member, or that it has none. */
export interface MembershipRow {
  readonly member: number;
  readonly generation: number;
  /** The group's: of two readings the one of the greater version is the later one. */
  readonly version: bigint;
  readonly partition: {
    readonly id: number;
    readonly partitionId: number;
    readonly epoch: number;
    /** False: the member is asked to give it up. */
    readonly stays: boolean;
    readonly topic: string;
    readonly index: number;
  } | null;
}

/** What members have; no row for one that is none any more. $1 their numbers. */
export const readMemberships = defineStatement<
  [members: readonly number[]],
  MembershipRow
>({
  name: 'read_memberships',
  text: (schema) => `
    select member.id as member, consumer_group.epoch as generation, consumer_group.version,
      joined.id, joined.partition_id, joined.epoch, joined.target is not distinct from joined.owner as stays,
      topic.name as topic, partition.index
    from ${schema}.group_members as member
    join ${schema}.consumer_groups as consumer_group on consumer_group.id = member.group_id
    left join ${schema}.group_partitions as joined on joined.owner = member.id
    left join ${schema}.partitions as partition on partition.id = joined.partition_id
    left join ${schema}.topics as topic on topic.number = partition.topic_number
    where member.id = any ($1::int[])
    order by member.id, joined.partition_id`,
  mapRow: (row) => ({
    member: row.member as number,
    generation: row.generation as number,
    version: BigInt(row.version as string),
    partition:
      row.id === null
        ? null
        : {
            id: row.id as number,
            partitionId: row.partition_id as number,
            epoch: row.epoch as number,
            stays: row.stays as boolean,
            topic: row.topic as string,
            index: row.index as number,
          },
  }),
});

/** Whether another static member of that name has taken this one's place. $1 group id · $2 instance id · $3 number. */
export const readReplacement = defineStatement<
  [groupId: number, instanceId: string, member: number],
  boolean
>({
  name: 'read_replacement',
  text: (schema) => `
    select true as replaced from ${schema}.group_members
    where group_id = $1 and instance_id = $2 and id > $3 limit 1`,
  mapRow: () => true,
});
