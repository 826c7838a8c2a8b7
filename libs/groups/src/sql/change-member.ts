import { defineStatement } from '#postgres';

/** A member as it joins. */
export type JoiningMember = [
  groupId: number,
  memberId: string,
  instanceId: string | null,
  session: bigint,
  clientId: string,
  host: string,
  topics: readonly string[],
  pattern: string | null,
  patternFlags: string,
  assignor: string,
  sessionTimeoutMs: number,
  rebalanceTimeoutMs: number,
];

/**
 * Adds a member and begins a generation; the group's row is locked. A static member of that name that is there is away
 * from now on, so that its partitions are asked for until it could be fenced. Returns the new one's number.
 */
export const insertMember = defineStatement<JoiningMember, number>({
  name: 'insert_member',
  text: (schema) => `
    with raised as (
      update ${schema}.consumer_groups set epoch = epoch + 1, emptied_at = null where id = $1
    ), replaced as (
      update ${schema}.group_members set session_id = null, away_since = clock_timestamp()
      where group_id = $1 and instance_id = $3 and session_id is not null
    )
    insert into ${schema}.group_members (
      group_id, member_id, instance_id, session_id, client_id, host, topics, pattern, pattern_flags, assignor,
      session_timeout_ms, rebalance_timeout_ms
    )
    select id, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12 from ${schema}.consumer_groups where id = $1
    returning id`,
  mapRow: (row) => row.id as number,
});

/** Changes what a member subscribes to, and begins a generation. $1 number · $2 topics · $3 pattern · $4 its flags. */
export const changeSubscription = defineStatement<
  [
    member: number,
    topics: readonly string[],
    pattern: string | null,
    patternFlags: string,
  ]
>({
  name: 'change_subscription',
  text: (schema) => `
    with changed as (
      update ${schema}.group_members set topics = $2, pattern = $3, pattern_flags = $4 where id = $1 returning group_id
    )
    update ${schema}.consumer_groups as consumer_group set epoch = epoch + 1
    from changed where consumer_group.id = changed.group_id`,
});

/** A member gives up partitions that it is asked for. $1 its number · $2 group partition ids. */
export const releasePartitions = defineStatement<
  [member: number, groupPartitionIds: readonly number[]]
>({
  name: 'release_partitions',
  text: (schema) => `
    update ${schema}.group_partitions set owner = null, retargeted_at = null
    where id = any ($2::int[]) and owner = $1 and owner is distinct from target`,
});

/** A member leaves, unless it has: a static one for a while, another one for good. $1 its number. */
export const leaveGroup = defineStatement<[member: number]>({
  name: 'leave_group',
  text: (schema) => `
    update ${schema}.group_members
    set session_id = null,
      away_since = case when instance_id is null then '-infinity' else clock_timestamp() end
    where id = $1 and session_id is not null`,
});
