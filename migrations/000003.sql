--! breaking
-- The outbox in a ring of parts, with delayed events, parked keys and ids that callers choose.

-- A ring: events, batches, cursors and deliveries are written into one of four parts, the same for all of them, and a
-- part is emptied by TRUNCATE once everything in it is published and old enough. No part is ever made or dropped: that
-- would lock the parent, and with it every business transaction. A sequence says which part is written: it is read as it
-- is now whatever the snapshot, so that a part which was left is soon left by everybody. A row that comes late into
-- another part is as good as any: the current part is a hint, never a rule.

create sequence :schema.outbox_part_number minvalue 0 start 0;

create function :schema.outbox_part() returns smallint
language sql volatile
as 'select (last_value % 4)::smallint from :schema.outbox_part_number';

create table :schema.outbox_parts (
  part smallint not null,
  -- Null while the part is empty and waits for its turn.
  opened_at timestamptz,
  closed_at timestamptz,
  constraint outbox_parts_pkey primary key (part)
);

insert into :schema.outbox_parts (part, opened_at)
values (0, now()), (1, null), (2, null), (3, null);

drop view :schema.outbox;
alter table :schema.outbox_events rename to outbox_events_before;
alter table :schema.outbox_cursors rename to outbox_cursors_before;
alter table :schema.outbox_batches rename to outbox_batches_before;
alter table :schema.outbox_events_before rename constraint outbox_events_pkey to outbox_events_before_pkey;
alter table :schema.outbox_cursors_before rename constraint outbox_cursors_pkey to outbox_cursors_before_pkey;
alter table :schema.outbox_batches_before rename constraint outbox_batches_pkey to outbox_batches_before_pkey;
alter index :schema.outbox_events_shard_xid_idx rename to outbox_events_before_shard_xid_idx;
alter index :schema.outbox_batches_ids_idx rename to outbox_batches_before_ids_idx;
alter sequence :schema.outbox_events_id_seq rename to outbox_events_before_id_seq;

-- An id is drawn once the transaction has its own id, and never before: so every row of a transaction whose id was given
-- out after a snapshot was taken has an id behind those that had been drawn then, and a relay looks for it only there.
create sequence :schema.outbox_event_id;

create function :schema.next_outbox_id() returns bigint
language sql volatile
as 'select case when pg_current_xact_id() is not null then nextval('':schema.outbox_event_id'') end';

-- The primary key is what events are read by, the other index finds those of transactions that were open when the cursor
-- was written.
create table :schema.outbox_events (
  part smallint not null default :schema.outbox_part(),
  shard smallint not null,
  id bigint not null default :schema.next_outbox_id(),
  event_id uuid not null,
  incarnation bigint not null default :schema.incarnation(),
  xid xid8 not null default pg_current_xact_id(),
  topic_number int not null,
  timestamp bigint not null,
  written_at timestamptz not null default now(),
  -- Not before this time, in milliseconds since 1970.
  deliver_at bigint,
  key bytea,
  value bytea,
  headers jsonb,
  constraint outbox_events_pkey primary key (shard, id, part),
  constraint outbox_events_shard_check check (shard between 0 and 63)
) partition by list (part);

create table :schema.outbox_events_0 partition of :schema.outbox_events for values in (0);
create table :schema.outbox_events_1 partition of :schema.outbox_events for values in (1);
create table :schema.outbox_events_2 partition of :schema.outbox_events for values in (2);
create table :schema.outbox_events_3 partition of :schema.outbox_events for values in (3);

alter sequence :schema.outbox_event_id owned by :schema.outbox_events.id;

create index outbox_events_shard_xid_idx on :schema.outbox_events (shard, incarnation, xid, id);

create table :schema.outbox_cursors (
  part smallint not null default :schema.outbox_part(),
  shard smallint not null,
  number bigint not null,
  incarnation bigint not null,
  -- Everything visible in it was moved: into a topic, or to those that wait. It names every transaction that was open.
  snapshot pg_snapshot not null,
  -- The greatest id that was drawn before the snapshot was taken: what a transaction writes that it does not know of lies
  -- behind it.
  low_id bigint not null default 0,
  -- While a large difference is moved page by page: what is visible in this, up to this id, was moved as well.
  page_snapshot pg_snapshot,
  page_last_id bigint,
  page_low_id bigint,
  -- Delayed events of the shard that are due up to here, in the order of (due_at, id), were released.
  due_at bigint not null default 0,
  due_id bigint not null default 0,
  -- When something delayed or parked in the shard is to be looked at, in milliseconds since 1970; it may be early.
  next_due bigint,
  -- Whether keys of the shard are parked.
  parked boolean not null default false,
  constraint outbox_cursors_pkey primary key (shard, number, part),
  constraint outbox_cursors_page_check check ((page_snapshot is null) = (page_last_id is null))
) partition by list (part);

create table :schema.outbox_cursors_0 partition of :schema.outbox_cursors for values in (0);
create table :schema.outbox_cursors_1 partition of :schema.outbox_cursors for values in (1);
create table :schema.outbox_cursors_2 partition of :schema.outbox_cursors for values in (2);
create table :schema.outbox_cursors_3 partition of :schema.outbox_cursors for values in (3);

-- One row a record batch: leads from an event to its offset.
create table :schema.outbox_batches (
  part smallint not null default :schema.outbox_part(),
  topic_number int not null,
  -- -1 = nowhere: these events were discarded.
  partition_index int not null,
  -- Null where a sink elsewhere does not tell it.
  base_offset bigint,
  relay text not null,
  -- The server on which the events were written: another one draws the same ids.
  incarnation bigint not null default :schema.incarnation(),
  moved_at timestamptz not null default now(),
  first_id bigint not null,
  last_id bigint not null,
  -- The ids of the events, in the order of their offsets.
  ids bigint[] not null
) partition by list (part);

create table :schema.outbox_batches_0 partition of :schema.outbox_batches for values in (0);
create table :schema.outbox_batches_1 partition of :schema.outbox_batches for values in (1);
create table :schema.outbox_batches_2 partition of :schema.outbox_batches for values in (2);
create table :schema.outbox_batches_3 partition of :schema.outbox_batches for values in (3);

create index outbox_batches_ids_idx on :schema.outbox_batches using gist (int8range(first_id, last_id, '[]'));

-- What a relay has begun to send to a sink outside of this database. A number stands here once when it was begun, and
-- once more, done, from the transaction that moved the cursors.
create table :schema.outbox_deliveries (
  part smallint not null default :schema.outbox_part(),
  number bigint not null,
  done boolean not null,
  ids bigint[] not null,
  constraint outbox_deliveries_pkey primary key (number, done, part)
) partition by list (part);

create table :schema.outbox_deliveries_0 partition of :schema.outbox_deliveries for values in (0);
create table :schema.outbox_deliveries_1 partition of :schema.outbox_deliveries for values in (1);
create table :schema.outbox_deliveries_2 partition of :schema.outbox_deliveries for values in (2);
create table :schema.outbox_deliveries_3 partition of :schema.outbox_deliveries for values in (3);

-- Events that the cursor has passed and whose time has not come.
create table :schema.outbox_delayed (
  shard smallint not null,
  due_at bigint not null,
  id bigint not null,
  event_id uuid not null,
  topic_number int not null,
  timestamp bigint not null,
  written_at timestamptz not null,
  key bytea,
  value bytea,
  headers jsonb,
  constraint outbox_delayed_pkey primary key (shard, due_at, id)
);

-- Keys whose events wait behind a failure. An event without a key is a lane of its own.
create table :schema.outbox_parked_keys (
  topic_number int not null,
  -- The SHA-256 of the key; without one, the event's id.
  lane bytea not null,
  shard smallint not null,
  key bytea,
  attempts int not null,
  -- In milliseconds since 1970; null = FAILED: it was tried often enough, and somebody has to look.
  next_attempt_at bigint,
  code text not null,
  reason text not null,
  parked_at timestamptz not null default now(),
  constraint outbox_parked_keys_pkey primary key (topic_number, lane)
);

create index outbox_parked_keys_due_idx on :schema.outbox_parked_keys (shard, next_attempt_at);

create table :schema.outbox_parked (
  -- The order within a lane.
  place bigint generated always as identity,
  topic_number int not null,
  lane bytea not null,
  id bigint not null,
  shard smallint not null,
  event_id uuid not null,
  timestamp bigint not null,
  written_at timestamptz not null,
  key bytea,
  value bytea,
  headers jsonb,
  -- No index on the place alone: a plan for the first of a lane would walk it through all lanes.
  constraint outbox_parked_pkey primary key (topic_number, lane, place)
);

create index outbox_parked_id_idx on :schema.outbox_parked (id);
create index outbox_delayed_id_idx on :schema.outbox_delayed (id);

-- Ids that callers chose, in a ring of three generations. Each stands in the current one and in the one before: two
-- writers of one id share at least one of them, even while the ring turns, and the key of that one keeps them apart.
create sequence :schema.outbox_id_generation minvalue 1 start 1;

create table :schema.outbox_event_ids (
  part smallint not null,
  event_id uuid not null,
  constraint outbox_event_ids_pkey primary key (event_id, part)
) partition by list (part);

create table :schema.outbox_event_ids_0 partition of :schema.outbox_event_ids for values in (0);
create table :schema.outbox_event_ids_1 partition of :schema.outbox_event_ids for values in (1);
create table :schema.outbox_event_ids_2 partition of :schema.outbox_event_ids for values in (2);

create table :schema.outbox_id_generations (
  number bigint not null,
  opened_at timestamptz not null default now(),
  constraint outbox_id_generations_pkey primary key (number)
);

insert into :schema.outbox_id_generations (number) values (1);

-- What stood in the outbox before stays: transaction ids mean the same, and identities go on behind the greatest.

insert into :schema.outbox_events
  (shard, id, event_id, incarnation, xid, topic_number, timestamp, written_at, key, value, headers)
select shard, id, event_id, incarnation, xid, topic_number, timestamp, to_timestamp(timestamp / 1000.0), key, value, headers
from :schema.outbox_events_before;

select setval(':schema.outbox_event_id', last_value, is_called)
from :schema.outbox_events_before_id_seq;

insert into :schema.outbox_cursors (shard, number, incarnation, snapshot, page_snapshot, page_last_id)
select shard, number, incarnation, snapshot, page_snapshot, page_last_id
from :schema.outbox_cursors_before;

insert into :schema.outbox_batches
  (topic_number, partition_index, base_offset, relay, moved_at, first_id, last_id, ids)
select partition.topic_number, partition.index, base_offset, relay, moved_at, first_id, last_id, ids
from :schema.outbox_batches_before as batch
join :schema.partitions as partition on partition.id = batch.partition_id;

drop table :schema.outbox_events_before, :schema.outbox_cursors_before, :schema.outbox_batches_before;

-- Delayed events that were not released: their rows are deleted some time after.
create view :schema.outbox_unreleased as
select delayed.*
from :schema.outbox_delayed as delayed
join lateral (
  select latest.due_at, latest.due_id
  from :schema.outbox_cursors as latest
  where latest.shard = delayed.shard
  order by latest.number desc
  limit 1
) as cursor on (delayed.due_at, delayed.id) > (cursor.due_at, cursor.due_id);

-- Parked events; `head` = the one of its key that the others wait for.
create view :schema.outbox_waiting as
select
  parked.*,
  not exists (
    select from :schema.outbox_parked as before
    where before.topic_number = parked.topic_number and before.lane = parked.lane and before.place < parked.place
  ) as head
from :schema.outbox_parked as parked;

-- Whether a subscription writes into the outbox: rows of another server are that server's affair then.
create function :schema.is_outbox_fed() returns boolean
language sql stable
as $$
  select exists (
    select from pg_subscription_rel as fed
    join pg_subscription as subscription on subscription.oid = fed.srsubid
    where subscription.subenabled
      and fed.srrelid in (
        select ':schema.outbox_events'::regclass
        union all
        select inhrelid from pg_inherits where inhparent = ':schema.outbox_events'::regclass
      )
  )
$$;

-- The status of every event that is still there: those of the ring, and those that wait and whose part was emptied.

create view :schema.outbox as
select
  event.id,
  event.event_id,
  topic.name as topic,
  event.key,
  to_timestamp(event.timestamp / 1000.0) as timestamp,
  case
    when batch.partition_index = -1 then 'DISCARDED'
    when batch.ids is not null then 'PUBLISHED'
    when event.due_at is not null then 'DELAYED'
    when event.lane is not null and event.head and parked_key.next_attempt_at is null then 'FAILED'
    when event.lane is not null then 'PARKED'
    when event.passed then 'PUBLISHED'
    else 'PENDING'
  end as status,
  nullif(batch.partition_index, -1) as partition,
  batch.base_offset + array_position(batch.ids, event.id) - 1 as "offset",
  to_timestamp(coalesce(event.due_at, event.deliver_at) / 1000.0) as due,
  parked_key.attempts,
  to_timestamp(parked_key.next_attempt_at / 1000.0) as next_attempt,
  parked_key.code,
  parked_key.reason
from (
  select
    event.id, event.event_id, event.topic_number, event.key, event.timestamp, event.deliver_at, event.incarnation,
    delayed.due_at, parked.lane, parked.head,
    event.incarnation = cursor.incarnation
    and (
      pg_visible_in_snapshot(event.xid, cursor.snapshot)
      or (pg_visible_in_snapshot(event.xid, cursor.page_snapshot) and event.id <= cursor.page_last_id)
    ) as passed
  from :schema.outbox_events as event
  left join lateral (
    select latest.incarnation, latest.snapshot, latest.page_snapshot, latest.page_last_id
    from :schema.outbox_cursors as latest
    where latest.shard = event.shard
    order by latest.number desc
    limit 1
  ) as cursor on true
  left join :schema.outbox_unreleased as delayed on delayed.id = event.id
  left join :schema.outbox_waiting as parked on parked.id = event.id
  union all
  select
    delayed.id, delayed.event_id, delayed.topic_number, delayed.key, delayed.timestamp, delayed.due_at, null,
    delayed.due_at, null, null, true
  from :schema.outbox_unreleased as delayed
  where not exists (select from :schema.outbox_events as event where event.shard = delayed.shard and event.id = delayed.id)
  union all
  select
    parked.id, parked.event_id, parked.topic_number, parked.key, parked.timestamp, null, null,
    null, parked.lane, parked.head, true
  from :schema.outbox_waiting as parked
  where not exists (select from :schema.outbox_events as event where event.shard = parked.shard and event.id = parked.id)
) as event
left join :schema.topics as topic on topic.number = event.topic_number
left join lateral (
  select moved.partition_index, moved.base_offset, moved.ids
  from :schema.outbox_batches as moved
  where int8range(moved.first_id, moved.last_id, '[]') @> event.id and event.id = any (moved.ids)
    and moved.incarnation = coalesce(event.incarnation, moved.incarnation)
  limit 1
) as batch on true
left join :schema.outbox_parked_keys as parked_key
  on parked_key.topic_number = event.topic_number and parked_key.lane = event.lane;

-- The shards in which something is to be done, for the slow poll of an idle relay. A function for its settings: a part that
-- was empty when a plan was made is no table to be read from end to end for each shard once it is full.
create function :schema.outbox_pending()
returns table (shard int, pending boolean, is_foreign boolean, due_in bigint)
language sql stable
set enable_seqscan = off
set enable_bitmapscan = off
-- What is off counts as cost before Postgres 18, and costs make it compile.
set jit = off
as $$
  select looked.* from (
    select
      wanted.shard,
      last.page_snapshot is not null
      -- As a row and in the order of the one index that is meant, which EXISTS would drop: where most rows are of one
      -- transaction, or a part was empty when the plan was made, the primary key would be read from end to end instead.
      or (
        select event.id from :schema.outbox_events as event
        where event.shard = wanted.shard and event.incarnation = here.incarnation
          and (event.xid, event.id) >= (
            case when last.incarnation = here.incarnation then pg_snapshot_xmax(last.snapshot) else '0'::xid8 end,
            -9223372036854775808
          )
        order by event.xid, event.id limit 1
      ) is not null
      or exists (
        select from pg_snapshot_xip(last.snapshot) as open(xid)
        cross join lateral (
          select from :schema.outbox_events as event
          where event.shard = wanted.shard and event.incarnation = here.incarnation
            and (event.xid, event.id) >= (open.xid, -9223372036854775808)
            and (event.xid, event.id) <= (open.xid, 9223372036854775807)
          order by event.xid, event.id limit 1
        ) as event
      ) as pending,
      -- Two ranges of the index: as one condition all of the shard's would be read.
      not here.is_fed and (
        exists (
          select from :schema.outbox_events as event
          where event.shard = wanted.shard and event.incarnation < here.incarnation
        )
        or exists (
          select from :schema.outbox_events as event
          where event.shard = wanted.shard and event.incarnation > here.incarnation
        )
      ) as is_foreign,
      case when last.next_due is not null then
        greatest(0, last.next_due - (extract(epoch from clock_timestamp()) * 1000)::bigint)
      end as due_in
    from generate_series(0, 63) as wanted(shard)
    cross join (
      select :schema.incarnation() as incarnation, :schema.is_outbox_fed() as is_fed offset 0
    ) as here
    left join lateral (
      select cursor.incarnation, cursor.snapshot, cursor.page_snapshot, cursor.next_due
      from :schema.outbox_cursors as cursor
      where cursor.shard = wanted.shard order by cursor.number desc limit 1
    ) as last on true
  ) as looked
  where looked.pending or looked.is_foreign or looked.due_in is not null
$$;
