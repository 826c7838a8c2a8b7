import { defineStatement } from '#postgres';

/** In how many milliseconds the last member of a group is given up, if nothing is heard of any. $1 group id. */
export const readMembersWait = defineStatement<[groupId: number], number>({
  name: 'read_members_wait',
  text: (schema) => `
    select extract(epoch from max(
      case
        when session.id is null
        then greatest(member.away_since, member.joined_at) + member.session_timeout_ms * interval '1 millisecond'
        else greatest(session.beat_at, pg_postmaster_start_time()) + session.timeout_ms * interval '1 millisecond'
      end
    ) - clock_timestamp()) * 1000 as wait_ms
    from ${schema}.group_members as member
    left join ${schema}.group_sessions as session on session.id = member.session_id
    where member.group_id = $1`,
  mapRow: (row) => Math.max(0, Math.ceil(Number(row.wait_ms))),
});
