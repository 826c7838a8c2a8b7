--! breaking
-- The log engine: segments that roll and go, producers that are remembered, the timeline that appends are fenced by.
-- Breaking: an appender of an older version takes no lock of the topic, and would append to a leaf while it is sealed.

-- A topic that was deleted keeps its row: committed offsets and the outbox point at it. Its name is free at once.
alter table :schema.topics add column deleted_at timestamptz;
alter table :schema.topics drop constraint topics_name_key;
create unique index topics_name_key on :schema.topics (name) where deleted_at is null;

-- What a topic's configuration is where the topic itself says nothing, under Kafka's names.
create table :schema.topic_defaults (
  only_row boolean not null default true,
  config jsonb not null default '{}',
  constraint topic_defaults_pkey primary key (only_row),
  constraint topic_defaults_only_row_check check (only_row)
);

insert into :schema.topic_defaults default values;

alter table :schema.segments
  add column sealed_at timestamptz,
  -- Of its leaf with indexes and TOAST; known once the segment is sealed and summarised.
  add column size_bytes bigint,
  -- Sealed, and each row of it frozen: no vacuum will ever write to it again.
  add column frozen_at timestamptz,
  -- When compaction last wrote it; null = never.
  add column compacted_at timestamptz,
  -- When the first tombstone in it may go, in milliseconds since 1970; null = none is waited for.
  add column delete_horizon bigint,
  -- Offsets may be missing in it: compaction took records out, or they were copied from a leader whose log had gaps.
  add column has_gaps boolean not null default false;

-- Of the batches, as Kafka counts them; known once the segment is summarised.
alter table :schema.segment_partitions add column size_bytes bigint;

create index segment_partitions_segment_idx on :schema.segment_partitions (topic_number, segment_number);

-- Leaves that no segment names any more, on their way to DROP.
create table :schema.retired_leaves (
  leaf text not null,
  retired_at timestamptz not null default now(),
  constraint retired_leaves_pkey primary key (leaf)
);

-- Idempotent producers. What a producer last appended stands in the active leaf; when that is sealed, its last five
-- batches of each partition are noted here, so that neither a roll nor retention forgets them.

create sequence :schema.producer_ids as bigint minvalue 0 start 0;

create table :schema.producer_snapshots (
  partition_id int not null,
  producer_id bigint not null,
  producer_epoch smallint not null,
  base_sequence int not null,
  base_offset bigint not null,
  last_offset bigint not null,
  noted_at timestamptz not null default now(),
  constraint producer_snapshots_pkey primary key (partition_id, producer_id, base_offset),
  constraint producer_snapshots_partition_id_fkey foreign key (partition_id) references :schema.partitions (id)
);

create index producer_snapshots_noted_at_idx on :schema.producer_snapshots (noted_at);

-- The timeline that this server writes now; null on a standby.
create function :schema.current_timeline() returns int
language sql stable
as $$
  select case
    when pg_is_in_recovery() then null
    else ('x' || substr(pg_walfile_name(pg_current_wal_insert_lsn()), 1, 8))::bit(32)::int
  end
$$;

-- What an append compares and goes by, in the one row that it reads; changed by a roll, a promotion or a deletion only.
alter table :schema.partitions
  -- Of the topic's active segment; null once the topic is deleted.
  add column segment_number int,
  -- Where the partition begins in that segment.
  add column floor_offset bigint not null default 0,
  -- The timeline that its leader epoch belongs to.
  add column timeline int not null default :schema.current_timeline();

update :schema.partitions as partition set segment_number = segment.number, floor_offset = floor.first_offset
from :schema.segments as segment
join :schema.segment_partitions as floor
  on floor.topic_number = segment.topic_number and floor.segment_number = segment.number
where segment.state = 'active' and floor.partition_id = partition.id;

-- Raises the leader epochs of a topic's partitions that belong to another timeline than the server's: it was promoted,
-- and may lack what its predecessor had at the end. Until this has committed each append to them is refused, so that
-- their heads stand still. Of each the epoch begins where its log ends now.
create function :schema.raise_leader_epochs(topic_number int) returns boolean
language plpgsql volatile
as $$
declare
  active record;
  raised boolean;
begin
  select segment.number, segment.leaf into active
  from :schema.segments as segment
  where segment.topic_number = raise_leader_epochs.topic_number and segment.state = 'active';
  if active.leaf is null then
    return false;
  end if;
  perform from :schema.partitions as stale
  where stale.topic_number = raise_leader_epochs.topic_number and stale.timeline is distinct from :schema.current_timeline()
  order by stale.id for update;
  execute format(
    'with raised as (
      update :schema.partitions set leader_epoch = leader_epoch + 1, timeline = :schema.current_timeline()
      where topic_number = $1 and timeline is distinct from :schema.current_timeline()
      returning id, leader_epoch, floor_offset
    ), noted as (
      insert into :schema.leader_epochs (partition_id, epoch, start_offset)
      select raised.id, raised.leader_epoch, coalesce(
        (
          select head.last_offset + 1 from :schema.%I as head
          where head.partition_id = raised.id order by head.base_offset desc limit 1
        ),
        raised.floor_offset
      )
      from raised
      returning epoch
    )
    select count(*) > 0 from noted',
    active.leaf
  ) into raised using topic_number;
  return raised;
end
$$;

-- Says why an append may not be: what it knew of the partition is out of date. Null where that has passed.
create function :schema.refuse_append(partition_id int, leader_epoch int, segment_number int) returns bigint
language plpgsql volatile
as $$
declare
  current record;
begin
  select * into current from :schema.partitions as partition where partition.id = refuse_append.partition_id;
  if current.id is null then
    return :schema.refuse('PA001', format('partition %s is gone; reload the topic', partition_id));
  elsif current.segment_number is distinct from refuse_append.segment_number then
    return :schema.refuse('PA002', format(
      'segment %s of partition %s is not the active one any more; reload the topic', segment_number, partition_id));
  elsif current.timeline is distinct from :schema.current_timeline() then
    return :schema.refuse('PA006', format('the server is on timeline %s, partition %s on %s',
      :schema.current_timeline(), partition_id, current.timeline));
  elsif current.leader_epoch <> refuse_append.leader_epoch then
    return :schema.refuse('PA003', format('leader epoch %s is not %s, the current one', leader_epoch, current.leader_epoch));
  end if;
  return null;
end
$$;

-- Takes everything from an offset on out of a partition: what a follower does with a tail that its leader does not have.
-- The one place where rows of leaves are deleted. A batch that holds the offset goes whole. Returns where the log ends
-- now. The topic's lock is held alone.
create function :schema.truncate_partition(partition_id int, upto bigint) returns bigint
language plpgsql volatile
as $$
declare
  partition record;
  segment record;
  log_end bigint;
  first_gone bigint;
begin
  select id, topic_number, log_start_offset into partition
  from :schema.partitions as kept where kept.id = truncate_partition.partition_id;
  if partition.id is null then
    return :schema.refuse('PA001', format('partition %s is gone; reload the topic', partition_id));
  elsif upto < partition.log_start_offset then
    return :schema.refuse('PA010', format('%s is before the log start offset, %s', upto, partition.log_start_offset));
  end if;
  -- Compaction may be about to put another leaf in the place of these.
  perform from :schema.segments as locked where locked.topic_number = partition.topic_number order by locked.number for update;
  log_end := null;
  for segment in
    select sealed.number, sealed.leaf, range.first_offset
    from :schema.segments as sealed
    join :schema.segment_partitions as range
      on range.topic_number = sealed.topic_number and range.segment_number = sealed.number
    where sealed.topic_number = partition.topic_number and range.partition_id = truncate_partition.partition_id
      and coalesce(range.last_offset >= upto, true)
  loop
    execute format(
      'with gone as (delete from :schema.%I where partition_id = $1 and last_offset >= $2 returning base_offset)
      select min(base_offset) from gone', segment.leaf
    ) into first_gone using partition_id, upto;
    log_end := least(log_end, first_gone);
  end loop;
  if log_end is null then
    return null;
  end if;
  update :schema.segment_partitions as range
  set first_offset = least(range.first_offset, log_end), last_offset = least(range.last_offset, log_end - 1)
  where range.partition_id = truncate_partition.partition_id;
  update :schema.partitions as kept set floor_offset = least(kept.floor_offset, log_end)
  where kept.id = truncate_partition.partition_id;
  delete from :schema.producer_snapshots as noted
  where noted.partition_id = truncate_partition.partition_id and noted.last_offset >= log_end;
  -- The current epoch goes on, from there.
  update :schema.leader_epochs as begun set start_offset = log_end
  from :schema.partitions as kept
  where kept.id = truncate_partition.partition_id and begun.partition_id = kept.id
    and begun.epoch = kept.leader_epoch and begun.start_offset > log_end;
  delete from :schema.leader_epochs as begun
  where begun.partition_id = truncate_partition.partition_id and begun.start_offset > log_end;
  return log_end;
end
$$;
