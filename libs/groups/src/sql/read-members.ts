import { defineStatement } from '#postgres';
import type {
  MemberCondition,
  MemberState,
} from '../coordinate/group-state.js';

/** The members of a group and how they are. $1 group id · $2 the session of whoever asks. */
export const readMembers = defineStatement<
  [groupId: number, observer: bigint | null],
  MemberState
>({
  name: 'read_members',
  text: (schema) => `
    select
      member.id, member.member_id, member.instance_id, member.client_id, member.topics, member.pattern,
      member.pattern_flags, member.assignor,
      case
        when member.session_id is null
        then case
          when member.away_since + member.session_timeout_ms * interval '1 millisecond' < clock_timestamp() then 'gone'
          else 'away'
        end
        when session.id is null or state.name = 'timed-out' then 'gone'
        -- A static member may be on its way back.
        when state.name = 'disconnected' and member.instance_id is null then 'gone'
        -- Found for all members at once: for each of hundreds the planner may read all partitions.
        when member.id in (
          select moving.owner
          from ${schema}.group_partitions as moving
          join ${schema}.group_members as asked on asked.id = moving.owner
          where moving.group_id = $1 and moving.owner is distinct from moving.target
            and moving.retargeted_at + asked.rebalance_timeout_ms * interval '1 millisecond' < clock_timestamp()
        ) then 'overdue'
        else 'here'
      end as condition
    from ${schema}.group_members as member
    left join ${schema}.group_sessions as session on session.id = member.session_id
    -- Almost all have beaten in time: they are not judged.
    left join lateral (
      select ${schema}.session_state(session, $2::bigint) as name
      where clock_timestamp() not between session.beat_at
        and session.beat_at + session.interval_ms * interval '1.5 milliseconds'
    ) as state on true
    where member.group_id = $1
    order by member.id`,
  mapRow: (row) => ({
    number: row.id as number,
    memberId: row.member_id as string,
    instanceId: row.instance_id as string | null,
    clientId: row.client_id as string,
    topics: row.topics as string[],
    pattern:
      row.pattern === null
        ? null
        : new RegExp(row.pattern as string, row.pattern_flags as string),
    assignor: row.assignor as string,
    condition: row.condition as MemberCondition,
  }),
});
