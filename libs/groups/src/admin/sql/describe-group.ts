import { defineStatement, type RawRow } from '#postgres';

/** The row of a group, and what time the database has. */
export interface GroupRow {
  readonly id: number;
  readonly name: string;
  readonly generation: number;
  readonly assignmentEpoch: number;
  readonly assignor: string | null;
  readonly emptiedAt: Date | null;
  readonly now: Date;
}

/** $1 the group's name. */
export const readGroup = defineStatement<[name: string], GroupRow>({
  name: 'describe_group',
  text: (schema) => `
    select id, name, epoch, assignment_epoch, assignor, emptied_at, clock_timestamp() as now
    from ${schema}.consumer_groups where name = $1`,
  mapRow: (row) => ({
    id: row.id as number,
    name: row.name as string,
    generation: row.epoch as number,
    assignmentEpoch: row.assignment_epoch as number,
    assignor: row.assignor as string | null,
    emptiedAt: row.emptied_at as Date | null,
    now: row.now as Date,
  }),
});

/** A member of a group, as it stands in the database. */
export interface MemberRow {
  readonly number: number;
  readonly memberId: string;
  readonly instanceId: string | null;
  readonly clientId: string;
  readonly host: string;
  readonly assignor: string;
  readonly topics: readonly string[];
  readonly pattern: string | null;
  readonly patternFlags: string;
  readonly sessionTimeoutMs: number;
  readonly joinedAt: Date;
  readonly lastBeatMs: number;
}

/** The members of a group. $1 its id. */
export const readGroupMembers = defineStatement<[groupId: number], MemberRow>({
  name: 'describe_group_members',
  text: (schema) => `
    select
      member.*,
      extract(epoch from clock_timestamp() - coalesce(session.beat_at, greatest(member.away_since, member.joined_at))) * 1000
        as last_beat_ms
    from ${schema}.group_members as member
    left join ${schema}.group_sessions as session on session.id = member.session_id
    where member.group_id = $1
    order by member.client_id, member.id`,
  mapRow: (row) => ({
    number: row.id as number,
    memberId: row.member_id as string,
    instanceId: row.instance_id as string | null,
    clientId: row.client_id as string,
    host: row.host as string,
    assignor: row.assignor as string,
    topics: row.topics as string[],
    pattern: row.pattern as string | null,
    patternFlags: row.pattern_flags as string,
    sessionTimeoutMs: row.session_timeout_ms as number,
    joinedAt: row.joined_at as Date,
    lastBeatMs: Math.max(0, Math.round(Number(row.last_beat_ms))),
  }),
});

/** A partition that a group has something to do with, as it stands in the database. */
export interface PartitionRow {
  readonly topic: string;
  readonly topicNumber: number;
  readonly partition: number;
  readonly owner: number | null;
  readonly target: number | null;
  readonly committed: CommittedRow | null;
}

/** What is committed in it. */
export interface CommittedRow {
  readonly offset: bigint;
  readonly epoch: number;
  readonly leaderEpoch: number | null;
  readonly metadata: string;
  readonly committedAt: Date;
}

/** The partitions that a group has committed in, or that somebody of it has or is to have. $1 its name. */
export const readPartitionsOfGroup = defineStatement<
  [name: string],
  PartitionRow
>({
  name: 'describe_group_partitions',
  text: (schema) => `
    select
      topic.name as topic, topic.number as topic_number, partition.index as partition, joined.owner, joined.target,
      last.committed_offset, last.epoch, last.leader_epoch, last.metadata, last.committed_at
    from ${schema}.consumer_groups as consumer_group
    join ${schema}.group_partitions as joined on joined.group_id = consumer_group.id
    join ${schema}.partitions as partition on partition.id = joined.partition_id
    join ${schema}.topics as topic on topic.number = partition.topic_number and topic.deleted_at is null
    left join lateral (
      select * from ${schema}.committed_offsets as latest
      where latest.group_partition_id = joined.id order by latest.number desc limit 1
    ) as last on true
    where consumer_group.name = $1
      and (last.number is not null or joined.owner is not null or joined.target is not null)
    order by topic.name, partition.index`,
  mapRow: (row) => ({
    topic: row.topic as string,
    topicNumber: row.topic_number as number,
    partition: row.partition as number,
    owner: row.owner as number | null,
    target: row.target as number | null,
    committed: row.committed_offset === null ? null : committedOf(row),
  }),
});

function committedOf(row: RawRow): CommittedRow {
  return {
    offset: BigInt(row.committed_offset as string),
    epoch: row.epoch as number,
    leaderEpoch: row.leader_epoch as number | null,
    metadata: row.metadata as string,
    committedAt: row.committed_at as Date,
  };
}
