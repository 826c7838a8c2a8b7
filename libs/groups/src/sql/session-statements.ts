import { defineStatement } from '#postgres';

/** Opens a session of a process. $1 time-out in ms · $2 interval in ms · $3 host. */
export const openSession = defineStatement<
  [timeoutMs: number, intervalMs: number, host: string],
  bigint
>({
  name: 'open_session',
  text: (schema) => `
    insert into ${schema}.group_sessions (timeout_ms, interval_ms, host) values ($1, $2, $3) returning id`,
  mapRow: (row) => BigInt(row.id as string),
});

/** Ends a session that has no members any more. $1 session. */
export const closeSession = defineStatement<[session: bigint]>({
  name: 'close_session',
  text: (schema) => `delete from ${schema}.group_sessions where id = $1`,
});

/** What a beat finds of a group. */
export interface FoundGroup {
  readonly groupId: number;
  readonly version: bigint;
  /** Of the session's own members, those that are in the group still. */
  readonly members: readonly number[];
  readonly needsTurn: boolean;
}

/**
 * Says that a process is there, and finds what there is to do: of each group that it has members in, and of groups whose
 * members are gone. No row at all where the session is not known any more. $1 session. Whether it is flushed matters to
 * nobody; a beat that was late, or noted by a clock that was put back, says that nobody can be blamed for what he
 * missed before it.
 */
export const beatSession = defineStatement<[session: bigint], FoundGroup>({
  name: 'beat_session',
  text: (schema) => `
    with beaten as (
      update ${schema}.group_sessions as session
      set beat_at = clock_timestamp(),
        unbroken_since = case
          when clock_timestamp() between session.beat_at
            and session.beat_at + session.timeout_ms * interval '0.5 milliseconds'
          then session.unbroken_since else clock_timestamp()
        end,
        backend_pid = pg_backend_pid(),
        backend_start = (select backend.backend_start from pg_stat_get_activity(pg_backend_pid()) as backend)
      from (select set_config('synchronous_commit', 'off', true)) as hurried
      where session.id = $1
      returning session.id
    ), own as (
      select member.group_id, array_agg(member.id) as members
      from beaten join ${schema}.group_members as member on member.session_id = beaten.id
      group by member.group_id
    ), lost as materialized (
      select session.id, ${schema}.session_state(session, $1) as state
      from beaten cross join ${schema}.group_sessions as session
      where session.id <> $1
        and clock_timestamp() not between session.beat_at
          and session.beat_at + session.interval_ms * interval '1.5 milliseconds'
    ), bereft as (
      select distinct member.group_id
      from lost join ${schema}.group_members as member on member.session_id = lost.id
      where lost.state = 'timed-out' or lost.state = 'disconnected' and member.instance_id is null
    ), catalogue as materialized (
      select ${schema}.catalogue_version() as version
    )
    select null::int as group_id, null::bigint as version, null::int[] as members, false as needs_turn from beaten
    union all
    select consumer_group.id, consumer_group.version, own.members,
      bereft.group_id is not null
      or consumer_group.assignment_epoch < consumer_group.epoch
      or consumer_group.catalogue <> (select version from catalogue)
      or exists (
        select from ${schema}.group_members as member
        left join ${schema}.group_sessions as home on home.id = member.session_id
        where member.group_id = consumer_group.id and home.id is null
          and coalesce(
            member.away_since + member.session_timeout_ms * interval '1 millisecond' < clock_timestamp(),
            -- Its session was ended, and it could not leave.
            true
          )
      )
      or exists (
        select from ${schema}.group_partitions as moving
        left join ${schema}.group_members as member on member.id = moving.owner
        where moving.group_id = consumer_group.id and moving.owner is distinct from moving.target
          and (
            moving.owner is null or member.session_id is null
            or moving.retargeted_at + member.rebalance_timeout_ms * interval '1 millisecond' < clock_timestamp()
          )
      )
    from own
    full join bereft on bereft.group_id = own.group_id
    join ${schema}.consumer_groups as consumer_group on consumer_group.id = coalesce(own.group_id, bereft.group_id)`,
  mapRow: (row) => ({
    groupId: row.group_id as number,
    version: BigInt((row.version as string | null) ?? -1),
    members: (row.members as number[] | null) ?? [],
    needsTurn: row.needs_turn as boolean,
  }),
});
