-- The catalogue of the log.

create table :schema.topics (
  number int generated always as identity,
  -- Kafka's newer messages name a topic by this, so that a name that comes back is another topic.
  id uuid not null default gen_random_uuid(),
  name text not null,
  config jsonb not null default '{}',
  created_at timestamptz not null default now(),
  constraint topics_pkey primary key (number),
  constraint topics_id_key unique (id),
  constraint topics_name_key unique (name)
);

create table :schema.partitions (
  -- Unique in the database: leaves, locks and committed offsets bear it. The index is what users and Kafka's bytes see.
  id int generated always as identity,
  topic_number int not null,
  index int not null,
  leader_epoch int not null default 0,
  log_start_offset bigint not null default 0,
  constraint partitions_pkey primary key (id),
  constraint partitions_topic_number_index_key unique (topic_number, index),
  constraint partitions_topic_number_fkey foreign key (topic_number) references :schema.topics (number)
);

create table :schema.leader_epochs (
  partition_id int not null,
  epoch int not null,
  start_offset bigint not null,
  constraint leader_epochs_pkey primary key (partition_id, epoch),
  constraint leader_epochs_partition_id_fkey foreign key (partition_id) references :schema.partitions (id)
);

create table :schema.segments (
  topic_number int not null,
  number int not null,
  leaf text not null,
  state text not null default 'active',
  created_at timestamptz not null default now(),
  constraint segments_pkey primary key (topic_number, number),
  constraint segments_leaf_key unique (leaf),
  constraint segments_state_check check (state in ('active', 'sealed')),
  constraint segments_topic_number_fkey foreign key (topic_number) references :schema.topics (number)
);

create unique index segments_active_key on :schema.segments (topic_number) where state = 'active';

create table :schema.segment_partitions (
  topic_number int not null,
  segment_number int not null,
  partition_id int not null,
  -- The floor: where this partition begins in this segment, before any batch stands in it.
  first_offset bigint not null,
  -- Known once the segment is sealed; null while it is written.
  last_offset bigint,
  max_timestamp bigint,
  constraint segment_partitions_pkey primary key (partition_id, segment_number),
  constraint segment_partitions_segment_fkey foreign key (topic_number, segment_number)
    references :schema.segments (topic_number, number),
  constraint segment_partitions_partition_id_fkey foreign key (partition_id) references :schema.partitions (id)
);

-- Schemas: an id is the database's, a subject has versions of them.

create table :schema.schemas (
  id int generated always as identity,
  fingerprint bytea not null,
  definition text not null,
  constraint schemas_pkey primary key (id),
  constraint schemas_fingerprint_key unique (fingerprint)
);

create table :schema.subject_versions (
  subject text not null,
  version int not null,
  schema_id int not null,
  registered_at timestamptz not null default now(),
  constraint subject_versions_pkey primary key (subject, version),
  constraint subject_versions_subject_schema_id_key unique (subject, schema_id),
  constraint subject_versions_schema_id_fkey foreign key (schema_id) references :schema.schemas (id)
);

-- Raises an error of ours from inside a SELECT: the transaction fails, with the code that the caller maps.
create function :schema.refuse(code text, reason text) returns bigint
language plpgsql volatile
as $$
begin
  raise exception using errcode = code, message = reason;
end
$$;

-- Transaction ids mean something on one server only: what tells it from another one it was copied to.
create function :schema.incarnation() returns bigint
language sql stable
as 'select system_identifier from pg_control_system()';

-- The outbox: insert-only. Whether a row is published is computed from its shard's cursor, never written to it.

create table :schema.outbox_events (
  id bigint generated always as identity,
  event_id uuid not null,
  shard smallint not null,
  incarnation bigint not null default :schema.incarnation(),
  xid xid8 not null default pg_current_xact_id(),
  topic_number int not null,
  timestamp bigint not null,
  key bytea,
  value bytea,
  headers jsonb,
  constraint outbox_events_pkey primary key (id),
  constraint outbox_events_shard_check check (shard between 0 and 63)
);

create index outbox_events_shard_xid_idx on :schema.outbox_events (shard, xid);

create table :schema.outbox_cursors (
  shard smallint not null,
  number bigint not null,
  incarnation bigint not null,
  -- Everything visible in it is published.
  snapshot pg_snapshot not null,
  -- While a large difference is moved page by page: what is visible in this, up to this id, is published as well.
  page_snapshot pg_snapshot,
  page_last_id bigint,
  constraint outbox_cursors_pkey primary key (shard, number),
  constraint outbox_cursors_page_check check ((page_snapshot is null) = (page_last_id is null))
);

-- One row a record batch: leads from an event to its offset.
create table :schema.outbox_batches (
  partition_id int not null,
  base_offset bigint not null,
  relay text not null,
  moved_at timestamptz not null default now(),
  first_id bigint not null,
  last_id bigint not null,
  -- The ids of the events, in the order of their offsets.
  ids bigint[] not null,
  constraint outbox_batches_pkey primary key (partition_id, base_offset)
);

create index outbox_batches_ids_idx on :schema.outbox_batches using gist (int8range(first_id, last_id, '[]'));

create view :schema.outbox as
select
  event.id,
  event.event_id,
  topic.name as topic,
  event.key,
  to_timestamp(event.timestamp / 1000.0) as timestamp,
  case
    when batch.base_offset is not null then 'PUBLISHED'
    when event.incarnation = cursor.incarnation
      and (
        pg_visible_in_snapshot(event.xid, cursor.snapshot)
        or (pg_visible_in_snapshot(event.xid, cursor.page_snapshot) and event.id <= cursor.page_last_id)
      ) then 'PUBLISHED'
    else 'PENDING'
  end as status,
  partition.index as partition,
  batch.base_offset + array_position(batch.ids, event.id) - 1 as "offset"
from :schema.outbox_events as event
left join :schema.topics as topic on topic.number = event.topic_number
left join lateral (
  select latest.incarnation, latest.snapshot, latest.page_snapshot, latest.page_last_id
  from :schema.outbox_cursors as latest
  where latest.shard = event.shard
  order by latest.number desc
  limit 1
) as cursor on true
left join lateral (
  select moved.partition_id, moved.base_offset, moved.ids
  from :schema.outbox_batches as moved
  where int8range(moved.first_id, moved.last_id, '[]') @> event.id and event.id = any (moved.ids)
  limit 1
) as batch on true
left join :schema.partitions as partition on partition.id = batch.partition_id;

-- Consumer groups. Committed offsets are appended; the latest number counts.

create table :schema.consumer_groups (
  id int generated always as identity,
  name text not null,
  constraint consumer_groups_pkey primary key (id),
  constraint consumer_groups_name_key unique (name)
);

create table :schema.group_partitions (
  id int generated always as identity,
  group_id int not null,
  partition_id int not null,
  constraint group_partitions_pkey primary key (id),
  constraint group_partitions_group_id_partition_id_key unique (group_id, partition_id),
  constraint group_partitions_group_id_fkey foreign key (group_id) references :schema.consumer_groups (id),
  constraint group_partitions_partition_id_fkey foreign key (partition_id) references :schema.partitions (id)
);

create table :schema.committed_offsets (
  group_partition_id int not null,
  number bigint not null,
  -- The next offset to read, as Kafka has it.
  committed_offset bigint not null,
  committed_at timestamptz not null default now(),
  constraint committed_offsets_pkey primary key (group_partition_id, number)
);

-- Projections: versions of a table, one of them behind the view that readers see.

create table :schema.projections (
  name text not null,
  version int not null,
  state text not null,
  changed_at timestamptz not null default now(),
  constraint projections_pkey primary key (name, version),
  constraint projections_state_check check (state in ('building', 'active', 'retired'))
);

create unique index projections_active_key on :schema.projections (name) where state = 'active';
