--! breaking
-- Consumer groups: their members, what each of them has, and offsets that say who committed them.
-- Breaking: a listener of an older version belongs to no group, reads partitions that members have, and commits offsets
-- that nothing fences.

-- A process that takes part in groups, with one pace: it says so often that it is there, for all of its members at once.
create table :schema.group_sessions (
  id bigint generated always as identity,
  timeout_ms int not null,
  interval_ms int not null,
  host text not null,
  opened_at timestamptz not null default clock_timestamp(),
  beat_at timestamptz not null default clock_timestamp(),
  -- Since when no beat came late: whoever was cut off himself, or is new, cannot say that others were not.
  unbroken_since timestamptz not null default clock_timestamp(),
  -- The session of the server that the last beat came by; once that is gone, the process is probably too.
  backend_pid int,
  backend_start timestamptz,
  constraint group_sessions_pkey primary key (id)
) with (fillfactor = 50);

alter table :schema.consumer_groups
  -- The generation: raised whenever members, what they subscribe to, or partitions change.
  add column epoch int not null default 0,
  -- The generation that the targets were made for; less than the generation while nobody has made them.
  add column assignment_epoch int not null default 0,
  -- Raised by each turn that changed anything: what members compare, to see whether it concerns them.
  add column version bigint not null default 0,
  -- The catalogue's version at which the partitions were looked up.
  add column catalogue bigint not null default -1,
  -- The assignor that the last targets were made by.
  add column assignor text,
  -- Since when it has no members; null while it has some.
  add column emptied_at timestamptz default clock_timestamp(),
  -- Its offsets are never expired: what they stand for would be done again.
  add column keeps_offsets boolean not null default false;

update :schema.consumer_groups set keeps_offsets = true
where name in (select name || '_v' || version from :schema.projections where state <> 'retired');

create table :schema.group_members (
  -- What locks and partitions bear. A member that comes back gets another one.
  id int generated always as identity,
  group_id int not null,
  member_id text not null,
  -- The name of a static member, which it keeps when it comes back.
  instance_id text,
  -- Null: a static member that is away.
  session_id bigint,
  away_since timestamptz,
  client_id text not null,
  host text not null,
  -- Subscribed by name, or by a pattern.
  topics text[] not null,
  pattern text,
  pattern_flags text not null default '',
  assignor text not null,
  session_timeout_ms int not null,
  -- How long it may take to give a partition up (max.poll.interval.ms).
  rebalance_timeout_ms int not null,
  joined_at timestamptz not null default clock_timestamp(),
  constraint group_members_pkey primary key (id),
  constraint group_members_member_id_key unique (group_id, member_id),
  constraint group_members_away_check check ((session_id is null) = (away_since is not null)),
  constraint group_members_group_id_fkey foreign key (group_id) references :schema.consumer_groups (id)
);

create index group_members_session_idx on :schema.group_members (session_id);

alter table :schema.group_partitions
  -- The member that has it, and works on it until it gives it up or is fenced; null = nobody.
  add column owner int,
  -- The generation in which its owner got it: what its owner's commits are fenced by.
  add column epoch int not null default 0,
  -- The member that is to have it; null = nobody.
  add column target int,
  -- Since when its owner is asked to give it up.
  add column retargeted_at timestamptz;

-- Partitions on their way from one member to another: almost always none.
create index group_partitions_moving_idx on :schema.group_partitions (group_id) where owner is distinct from target;
create index group_partitions_owner_idx on :schema.group_partitions (owner) where owner is not null;

alter table :schema.committed_offsets
  -- The generation in which its committer got the partition; -1 = committed by nobody's member.
  add column epoch int not null default -1,
  -- The leader epoch of the last record that was read; null = not known.
  add column leader_epoch int,
  -- The committer's own words.
  add column metadata text not null default '';

-- Whether a process still takes part: alive; disconnected, its session of the server is gone and it has missed a beat;
-- timed-out. Nobody is timed out for what was missed while the server was down, or while the observer himself could not
-- beat. Nor is anybody disconnected for what was missed before the observer's own session of the server began: after a
-- failover all of them are new. What was noted by a clock that was put back since says nothing.
create function :schema.session_state(session :schema.group_sessions, observer bigint) returns text
language sql volatile
set search_path = pg_catalog, pg_temp
as $$
  select case
    when session.id = observer then 'alive'
    when clock_timestamp() > heard.at + session.timeout_ms * interval '1 millisecond' then 'timed-out'
    when session.backend_pid is not null and observer is not null
      and clock_timestamp() > greatest(heard.at, own.backend_start) + session.interval_ms * interval '1.5 milliseconds'
      and not exists (
        select from pg_stat_get_activity(session.backend_pid) as backend
        -- Unknown to whoever may not see it: then the time-out alone decides.
        where backend.backend_start is null or backend.backend_start = session.backend_start
      )
    then 'disconnected'
    else 'alive'
  end
  from (values (observer)) as asking(id)
  left join :schema.group_sessions as own on own.id = asking.id
  cross join lateral (
    select max(noted.at) as at
    from (values (session.beat_at), (pg_postmaster_start_time()), (own.unbroken_since)) as noted(at)
    where noted.at <= clock_timestamp()
  ) as heard
$$;

-- A number that grows with every topic that is deleted and every partition that is added, and with nothing else: whoever
-- sees it unchanged has missed none of them, in whatever order they were committed.
create function :schema.catalogue_version() returns bigint
language sql stable
set search_path = pg_catalog, pg_temp
as $$
  select (select count(*) from :schema.partitions) + (select count(*) from :schema.topics where deleted_at is not null)
$$;
