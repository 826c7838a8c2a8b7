import { defineStatement } from '#postgres';

/**
 * Groups with members that are beyond their time-out, or that left and could not be removed at once: where no process is
 * left that beats, nobody else finds them.
 */
export const findBereftGroups = defineStatement<[], number>({
  name: 'find_bereft_groups',
  text: (schema) => `
    select distinct member.group_id
    from ${schema}.group_members as member
    left join ${schema}.group_sessions as session on session.id = member.session_id
    where case
      when member.session_id is null
      then member.away_since + member.session_timeout_ms * interval '1 millisecond' < clock_timestamp()
      when session.id is null then true
      when session.beat_at > clock_timestamp() - session.interval_ms * interval '1.5 milliseconds' then false
      else ${schema}.session_state(session, null) <> 'alive'
    end
    order by member.group_id`,
  mapRow: (row) => row.group_id as number,
});

/** Deletes sessions that are timed out and have no members. Their ids. */
export const deleteDeadSessions = defineStatement<[], string>({
  name: 'delete_dead_sessions',
  text: (schema) => `
    with dead as (
      select session.id from ${schema}.group_sessions as session
      where session.beat_at < clock_timestamp() - session.timeout_ms * interval '1 millisecond'
        and ${schema}.session_state(session, null) = 'timed-out'
        and not exists (select from ${schema}.group_members as member where member.session_id = session.id)
      for update of session skip locked
    )
    delete from ${schema}.group_sessions as session using dead where session.id = dead.id
    returning session.id`,
  mapRow: (row) => row.id as string,
});
