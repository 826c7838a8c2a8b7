-- The schema as the migrations leave it, for reading: `npm run dump:schema` writes it, `npm run check:schema` compares.
-- The leaves of the log (log_<topic number>_<segment number>) are made with their topics: libs/log/src/leaf.ts.

create schema postamt;

create sequence postamt.outbox_event_id minvalue 1 start 1;

create sequence postamt.outbox_id_generation minvalue 1 start 1;

create sequence postamt.outbox_part_number minvalue 0 start 0;

create sequence postamt.producer_ids minvalue 0 start 0;

CREATE OR REPLACE FUNCTION postamt.catalogue_version()
 RETURNS bigint
 LANGUAGE sql
 STABLE
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $function$
  select (select count(*) from postamt.partitions) + (select count(*) from postamt.topics where deleted_at is not null)
$function$;

CREATE OR REPLACE FUNCTION postamt.check_event(topic text, config jsonb, key bytea, value bytea, headers jsonb, event_timestamp bigint)
 RETURNS void
 LANGUAGE plpgsql
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $function$
declare
  now_ms bigint := extract(epoch from clock_timestamp()) * 1000;
  -- 160 for what a record takes in a batch of its own beside its parts, as Outbox.publish has it.
  bytes bigint := 160 + coalesce(length(key), 0) + coalesce(length(value), 0) + coalesce(length(headers::text), 0);
  most_bytes bigint := coalesce(config ->> 'max.message.bytes', '1048588');
  ahead numeric := coalesce(config ->> 'message.timestamp.after.max.ms', '3600000');
  behind numeric := coalesce(config ->> 'message.timestamp.before.max.ms', '9007199254740991');
begin
  if key is null and config ->> 'cleanup.policy' like '%compact%' then
    perform postamt.refuse('PA023', format(
      'an event for topic %s has no key: the topic is compacted, and keeps the last record of each', topic));
  elsif bytes > most_bytes then
    perform postamt.refuse('PA022', format(
      'an event of about %s bytes for topic %s is larger than its max.message.bytes, %s', bytes, topic, most_bytes));
  elsif config ->> 'message.timestamp.type' is distinct from 'LogAppendTime'
    and (event_timestamp > now_ms + ahead or event_timestamp < now_ms - behind) then
    perform postamt.refuse('PA025', format(
      'the timestamp %s of an event for topic %s is %s ms from now; message.timestamp.before.max.ms is %s, message.timestamp.after.max.ms %s',
      event_timestamp, topic, event_timestamp - now_ms, behind, ahead));
  end if;
end
$function$;

CREATE OR REPLACE FUNCTION postamt.check_wire_prefix(topic text, value bytea)
 RETURNS void
 LANGUAGE plpgsql
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $function$
declare
  value_subject constant text := topic || '-value';
  value_schema bigint;
begin
  if value is null
    or not exists (select from postamt.subject_versions as version where version.subject = value_subject) then
    return;
  elsif length(value) < 5 or get_byte(value, 0) <> 0 then
    perform postamt.refuse('PA021', format(
      'the value of an event for topic %s begins with %s: give a byte 0, the id of a schema of subject %s in four bytes, and Avro',
      topic, substring(value for 5), value_subject));
  end if;
  value_schema :=
    (get_byte(value, 1)::bigint << 24) | (get_byte(value, 2) << 16) | (get_byte(value, 3) << 8) | get_byte(value, 4);
  if not exists (
    select from postamt.subject_versions as version
    where version.subject = value_subject and version.schema_id = value_schema
  ) then
    perform postamt.refuse('PA021', format(
      'the value of an event for topic %s begins with schema id %s, which subject %s does not have',
      topic, value_schema, value_subject));
  end if;
end
$function$;

CREATE OR REPLACE FUNCTION postamt.claim_event_ids(ids uuid[], refuse boolean)
 RETURNS SETOF uuid
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $function$
declare
  claimed uuid[];
  parts smallint[];
  duplicates uuid[];
begin
  with claim as (
    insert into postamt.outbox_event_ids (part, event_id)
    select generation.part, wanted.id
    from unnest(ids) as wanted(id)
    cross join (
      select ((ring.last_value - back.step) % 3)::smallint as part
      from postamt.outbox_id_generation as ring, (values (0), (1)) as back(step)
    ) as generation
    order by wanted.id, generation.part
    on conflict do nothing
    returning part, event_id
  )
  select array_agg(claim.event_id), array_agg(claim.part) into claimed, parts from claim;
  select array_agg(wanted.id) into duplicates
  from unnest(ids) as wanted(id)
  left join (select mine.id, count(*) as times from unnest(claimed) as mine(id) group by mine.id) as mine
    on mine.id = wanted.id
  where mine.times is distinct from 2;
  if refuse and duplicates is not null then
    delete from postamt.outbox_event_ids as burnt
    using unnest(claimed, parts) as mine(id, part)
    where burnt.event_id = mine.id and burnt.part = mine.part;
  end if;
  return query select unnest(duplicates);
end
$function$;

CREATE OR REPLACE FUNCTION postamt.current_timeline()
 RETURNS integer
 LANGUAGE sql
 STABLE
AS $function$
  select case
    when pg_is_in_recovery() then null
    else ('x' || substr(pg_walfile_name(pg_current_wal_insert_lsn()), 1, 8))::bit(32)::int
  end
$function$;

CREATE OR REPLACE FUNCTION postamt.emit_message(slot text, message bytea)
 RETURNS pg_lsn
 LANGUAGE plpgsql
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $function$
begin
  perform from pg_replication_slots as known
  where known.slot_name = emit_message.slot and known.database = current_database()
    and known.confirmed_flush_lsn is not null and known.wal_status <> 'lost';
  if not found then
    return null;
  end if;
  return pg_logical_emit_message(true, 'postamt', message);
end
$function$;

CREATE OR REPLACE FUNCTION postamt.event_headers(headers jsonb)
 RETURNS jsonb
 LANGUAGE plpgsql
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $function$
declare
  header record;
  pairs jsonb := '[]';
begin
  if headers is null then
    return null;
  elsif jsonb_typeof(headers) <> 'object' then
    perform postamt.refuse('PA024', format('headers are %s: give an object of texts, {"name": "text"}', headers));
  end if;
  for header in select given.key, given.value from jsonb_each(headers) as given loop
    if header.key = 'id' or jsonb_typeof(header.value) <> 'string' then
      perform postamt.refuse('PA024', format(
        'the header %s is %s: give a text, under another name than "id" (that bears the event''s id)',
        to_jsonb(header.key), header.value));
    end if;
    pairs := pairs || jsonb_build_array(jsonb_build_array(header.key,
      translate(encode(convert_to(header.value #>> '{}', 'UTF8'), 'base64'), E'\n', '')));
  end loop;
  return nullif(pairs, '[]');
end
$function$;

CREATE OR REPLACE FUNCTION postamt.incarnation()
 RETURNS bigint
 LANGUAGE sql
 STABLE
AS $function$select system_identifier from pg_control_system()$function$;

CREATE OR REPLACE FUNCTION postamt.is_outbox_fed()
 RETURNS boolean
 LANGUAGE sql
 STABLE
AS $function$
  select exists (
    select from pg_subscription_rel as fed
    join pg_subscription as subscription on subscription.oid = fed.srsubid
    where subscription.subenabled
      and fed.srrelid in (
        select 'postamt.outbox_events'::regclass
        union all
        select inhrelid from pg_inherits where inhparent = 'postamt.outbox_events'::regclass
      )
  )
$function$;

CREATE OR REPLACE FUNCTION postamt.murmur2(bytes bytea)
 RETURNS integer
 LANGUAGE plpgsql
 IMMUTABLE PARALLEL SAFE STRICT
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $function$
declare
  multiplier constant bigint := 1540483477;
  low constant bigint := 4294967295;
  -- One copy in memory: reading bytes of a value in TOAST one by one would fetch it each time.
  held bytea := bytes || ''::bytea;
  size int := length(held);
  tail int := size - size % 4;
  hash bigint := (2538058380 # size) & low;
  word bigint;
begin
  for i in 0 .. tail - 4 by 4 loop
    word := get_byte(held, i) | (get_byte(held, i + 1) << 8) | (get_byte(held, i + 2) << 16);
    word := ((word | (get_byte(held, i + 3)::bigint << 24)) * multiplier) & low;
    word := word # (word >> 24);
    hash := ((hash * multiplier) # (word * multiplier)) & low;
  end loop;
  if tail < size then
    for i in tail .. size - 1 loop
      hash := hash # (get_byte(held, i)::bigint << (8 * (i - tail)));
    end loop;
    hash := (hash * multiplier) & low;
  end if;
  hash := ((hash # (hash >> 13)) * multiplier) & low;
  hash := hash # (hash >> 15);
  return case when hash > 2147483647 then hash - 4294967296 else hash end;
end
$function$;

CREATE OR REPLACE FUNCTION postamt.new_event_id()
 RETURNS uuid
 LANGUAGE plpgsql
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $function$
declare
  chance bytea := uuid_send(gen_random_uuid());
  since_1970 bytea := int8send(floor(extract(epoch from clock_timestamp()) * 1000)::bigint);
begin
  chance := set_byte(chance, 6, (get_byte(chance, 6) & 15) | 112);
  return encode(substring(since_1970 from 3) || substring(chance from 7), 'hex')::uuid;
end
$function$;

CREATE OR REPLACE FUNCTION postamt.next_outbox_id()
 RETURNS bigint
 LANGUAGE sql
AS $function$select case when pg_current_xact_id() is not null then nextval('postamt.outbox_event_id') end$function$;

CREATE OR REPLACE FUNCTION postamt.outbox_part()
 RETURNS smallint
 LANGUAGE sql
AS $function$select (last_value % 4)::smallint from postamt.outbox_part_number$function$;

CREATE OR REPLACE FUNCTION postamt.outbox_pending()
 RETURNS TABLE(shard integer, pending boolean, is_foreign boolean, due_in bigint)
 LANGUAGE sql
 STABLE
 SET enable_seqscan TO 'off'
 SET enable_bitmapscan TO 'off'
 SET jit TO 'off'
AS $function$
  select looked.* from (
    select
      wanted.shard,
      last.page_snapshot is not null
      -- As a row and in the order of the one index that is meant, which EXISTS would drop: where most rows are of one
      -- transaction, or a part was empty when the plan was made, the primary key would be read from end to end instead.
      or (
        select event.id from postamt.outbox_events as event
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
          select from postamt.outbox_events as event
          where event.shard = wanted.shard and event.incarnation = here.incarnation
            and (event.xid, event.id) >= (open.xid, -9223372036854775808)
            and (event.xid, event.id) <= (open.xid, 9223372036854775807)
          order by event.xid, event.id limit 1
        ) as event
      ) as pending,
      -- Two ranges of the index: as one condition all of the shard's would be read.
      not here.is_fed and (
        exists (
          select from postamt.outbox_events as event
          where event.shard = wanted.shard and event.incarnation < here.incarnation
        )
        or exists (
          select from postamt.outbox_events as event
          where event.shard = wanted.shard and event.incarnation > here.incarnation
        )
      ) as is_foreign,
      case when last.next_due is not null then
        greatest(0, last.next_due - (extract(epoch from clock_timestamp()) * 1000)::bigint)
      end as due_in
    from generate_series(0, 63) as wanted(shard)
    cross join (
      select postamt.incarnation() as incarnation, postamt.is_outbox_fed() as is_fed offset 0
    ) as here
    left join lateral (
      select cursor.incarnation, cursor.snapshot, cursor.page_snapshot, cursor.next_due
      from postamt.outbox_cursors as cursor
      where cursor.shard = wanted.shard order by cursor.number desc limit 1
    ) as last on true
  ) as looked
  where looked.pending or looked.is_foreign or looked.due_in is not null
$function$;

CREATE OR REPLACE FUNCTION postamt.publish(topic text, key bytea, value bytea, headers jsonb DEFAULT NULL::jsonb, event_id uuid DEFAULT NULL::uuid, deliver_after interval DEFAULT NULL::interval, on_duplicate text DEFAULT 'refuse'::text, event_timestamp timestamp with time zone DEFAULT NULL::timestamp with time zone)
 RETURNS uuid
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $function$
declare
  known record;
  id uuid := coalesce(event_id, postamt.new_event_id());
  pairs jsonb := postamt.event_headers(headers);
  since_1970 numeric;
begin
  select found.number, defaults.config || found.config as config into known
  from postamt.topics as found cross join postamt.topic_defaults as defaults
  where found.name = publish.topic and found.deleted_at is null;
  if known.number is null then
    perform postamt.refuse('PA001', format('there is no topic %s', coalesce(to_jsonb(topic)::text, 'null')));
  elsif coalesce(on_duplicate not in ('refuse', 'ignore'), true) then
    perform postamt.refuse('PA024', format('on_duplicate is %L: give ''refuse'' or ''ignore''', on_duplicate));
  elsif deliver_after < interval '0' or deliver_after > interval '3653 days' then
    perform postamt.refuse('PA024', format('deliver_after is %s: give 0 to 3653 days', deliver_after));
  elsif event_timestamp < timestamptz 'epoch' or not isfinite(event_timestamp) then
    perform postamt.refuse('PA024', format('event_timestamp is %s: give a time since 1970', event_timestamp));
  end if;
  since_1970 := floor(extract(epoch from coalesce(event_timestamp, clock_timestamp())) * 1000);
  perform postamt.check_event(topic, known.config, key, value, pairs, since_1970::bigint);
  perform postamt.check_wire_prefix(topic, value);
  if event_id is not null
    and exists (select from postamt.claim_event_ids(array[event_id], on_duplicate = 'refuse')) then
    if on_duplicate = 'ignore' then
      return null;
    end if;
    perform postamt.refuse('PA020', format('the event id %s was published before', event_id));
  end if;
  insert into postamt.outbox_events (event_id, shard, topic_number, timestamp, deliver_at, key, value, headers)
  values (
    id, postamt.murmur2(coalesce(key, convert_to(id::text, 'UTF8'))) & 63, known.number, since_1970,
    ceil(extract(epoch from clock_timestamp() + nullif(deliver_after, interval '0')) * 1000), key, value, pairs
  );
  return id;
end
$function$;

CREATE OR REPLACE FUNCTION postamt.raise_leader_epochs(topic_number integer)
 RETURNS boolean
 LANGUAGE plpgsql
AS $function$
declare
  active record;
  raised boolean;
begin
  select segment.number, segment.leaf into active
  from postamt.segments as segment
  where segment.topic_number = raise_leader_epochs.topic_number and segment.state = 'active';
  if active.leaf is null then
    return false;
  end if;
  perform from postamt.partitions as stale
  where stale.topic_number = raise_leader_epochs.topic_number and stale.timeline is distinct from postamt.current_timeline()
  order by stale.id for update;
  execute format(
    'with raised as (
      update postamt.partitions set leader_epoch = leader_epoch + 1, timeline = postamt.current_timeline()
      where topic_number = $1 and timeline is distinct from postamt.current_timeline()
      returning id, leader_epoch, floor_offset
    ), noted as (
      insert into postamt.leader_epochs (partition_id, epoch, start_offset)
      select raised.id, raised.leader_epoch, coalesce(
        (
          select head.last_offset + 1 from postamt.%I as head
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
$function$;

CREATE OR REPLACE FUNCTION postamt.refuse(code text, reason text)
 RETURNS bigint
 LANGUAGE plpgsql
AS $function$
begin
  raise exception using errcode = code, message = reason;
end
$function$;

CREATE OR REPLACE FUNCTION postamt.refuse_append(partition_id integer, leader_epoch integer, segment_number integer)
 RETURNS bigint
 LANGUAGE plpgsql
AS $function$
declare
  current record;
begin
  select * into current from postamt.partitions as partition where partition.id = refuse_append.partition_id;
  if current.id is null then
    return postamt.refuse('PA001', format('partition %s is gone; reload the topic', partition_id));
  elsif current.segment_number is distinct from refuse_append.segment_number then
    return postamt.refuse('PA002', format(
      'segment %s of partition %s is not the active one any more; reload the topic', segment_number, partition_id));
  elsif current.timeline is distinct from postamt.current_timeline() then
    return postamt.refuse('PA006', format('the server is on timeline %s, partition %s on %s',
      postamt.current_timeline(), partition_id, current.timeline));
  elsif current.leader_epoch <> refuse_append.leader_epoch then
    return postamt.refuse('PA003', format('leader epoch %s is not %s, the current one', leader_epoch, current.leader_epoch));
  end if;
  return null;
end
$function$;

CREATE OR REPLACE FUNCTION postamt.session_state(session postamt.group_sessions, observer bigint)
 RETURNS text
 LANGUAGE sql
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $function$
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
  left join postamt.group_sessions as own on own.id = asking.id
  cross join lateral (
    select max(noted.at) as at
    from (values (session.beat_at), (pg_postmaster_start_time()), (own.unbroken_since)) as noted(at)
    where noted.at <= clock_timestamp()
  ) as heard
$function$;

CREATE OR REPLACE FUNCTION postamt.truncate_partition(partition_id integer, upto bigint)
 RETURNS bigint
 LANGUAGE plpgsql
AS $function$
declare
  partition record;
  segment record;
  log_end bigint;
  first_gone bigint;
begin
  select id, topic_number, log_start_offset into partition
  from postamt.partitions as kept where kept.id = truncate_partition.partition_id;
  if partition.id is null then
    return postamt.refuse('PA001', format('partition %s is gone; reload the topic', partition_id));
  elsif upto < partition.log_start_offset then
    return postamt.refuse('PA010', format('%s is before the log start offset, %s', upto, partition.log_start_offset));
  end if;
  -- Compaction may be about to put another leaf in the place of these.
  perform from postamt.segments as locked where locked.topic_number = partition.topic_number order by locked.number for update;
  log_end := null;
  for segment in
    select sealed.number, sealed.leaf, range.first_offset
    from postamt.segments as sealed
    join postamt.segment_partitions as range
      on range.topic_number = sealed.topic_number and range.segment_number = sealed.number
    where sealed.topic_number = partition.topic_number and range.partition_id = truncate_partition.partition_id
      and coalesce(range.last_offset >= upto, true)
  loop
    execute format(
      'with gone as (delete from postamt.%I where partition_id = $1 and last_offset >= $2 returning base_offset)
      select min(base_offset) from gone', segment.leaf
    ) into first_gone using partition_id, upto;
    log_end := least(log_end, first_gone);
  end loop;
  if log_end is null then
    return null;
  end if;
  update postamt.segment_partitions as range
  set first_offset = least(range.first_offset, log_end), last_offset = least(range.last_offset, log_end - 1)
  where range.partition_id = truncate_partition.partition_id;
  update postamt.partitions as kept set floor_offset = least(kept.floor_offset, log_end)
  where kept.id = truncate_partition.partition_id;
  delete from postamt.producer_snapshots as noted
  where noted.partition_id = truncate_partition.partition_id and noted.last_offset >= log_end;
  -- The current epoch goes on, from there.
  update postamt.leader_epochs as begun set start_offset = log_end
  from postamt.partitions as kept
  where kept.id = truncate_partition.partition_id and begun.partition_id = kept.id
    and begun.epoch = kept.leader_epoch and begun.start_offset > log_end;
  delete from postamt.leader_epochs as begun
  where begun.partition_id = truncate_partition.partition_id and begun.start_offset > log_end;
  return log_end;
end
$function$;

create table postamt.committed_offsets (
  group_partition_id integer not null,
  number bigint not null,
  committed_offset bigint not null,
  committed_at timestamp with time zone default now() not null,
  epoch integer default '-1'::integer not null,
  leader_epoch integer,
  metadata text default ''::text not null,
  constraint committed_offsets_pkey PRIMARY KEY (group_partition_id, number)
);

create table postamt.consumer_groups (
  id integer generated always as identity not null,
  name text not null,
  epoch integer default 0 not null,
  assignment_epoch integer default 0 not null,
  version bigint default 0 not null,
  catalogue bigint default '-1'::integer not null,
  assignor text,
  emptied_at timestamp with time zone default clock_timestamp(),
  keeps_offsets boolean default false not null,
  constraint consumer_groups_name_key UNIQUE (name),
  constraint consumer_groups_pkey PRIMARY KEY (id)
);

create table postamt.group_members (
  id integer generated always as identity not null,
  group_id integer not null,
  member_id text not null,
  instance_id text,
  session_id bigint,
  away_since timestamp with time zone,
  client_id text not null,
  host text not null,
  topics text[] not null,
  pattern text,
  pattern_flags text default ''::text not null,
  assignor text not null,
  session_timeout_ms integer not null,
  rebalance_timeout_ms integer not null,
  joined_at timestamp with time zone default clock_timestamp() not null,
  constraint group_members_away_check CHECK (((session_id IS NULL) = (away_since IS NOT NULL))),
  constraint group_members_group_id_fkey FOREIGN KEY (group_id) REFERENCES postamt.consumer_groups(id),
  constraint group_members_member_id_key UNIQUE (group_id, member_id),
  constraint group_members_pkey PRIMARY KEY (id)
);

CREATE INDEX group_members_session_idx ON postamt.group_members USING btree (session_id);

create table postamt.group_partitions (
  id integer generated always as identity not null,
  group_id integer not null,
  partition_id integer not null,
  owner integer,
  epoch integer default 0 not null,
  target integer,
  retargeted_at timestamp with time zone,
  constraint group_partitions_group_id_fkey FOREIGN KEY (group_id) REFERENCES postamt.consumer_groups(id),
  constraint group_partitions_group_id_partition_id_key UNIQUE (group_id, partition_id),
  constraint group_partitions_partition_id_fkey FOREIGN KEY (partition_id) REFERENCES postamt.partitions(id),
  constraint group_partitions_pkey PRIMARY KEY (id)
);

CREATE INDEX group_partitions_moving_idx ON postamt.group_partitions USING btree (group_id) WHERE (owner IS DISTINCT FROM target);

CREATE INDEX group_partitions_owner_idx ON postamt.group_partitions USING btree (owner) WHERE (owner IS NOT NULL);

create table postamt.group_sessions (
  id bigint generated always as identity not null,
  timeout_ms integer not null,
  interval_ms integer not null,
  host text not null,
  opened_at timestamp with time zone default clock_timestamp() not null,
  beat_at timestamp with time zone default clock_timestamp() not null,
  unbroken_since timestamp with time zone default clock_timestamp() not null,
  backend_pid integer,
  backend_start timestamp with time zone,
  constraint group_sessions_pkey PRIMARY KEY (id)
);

create table postamt.leader_epochs (
  partition_id integer not null,
  epoch integer not null,
  start_offset bigint not null,
  constraint leader_epochs_partition_id_fkey FOREIGN KEY (partition_id) REFERENCES postamt.partitions(id),
  constraint leader_epochs_pkey PRIMARY KEY (partition_id, epoch)
);

create table postamt.migrations (
  name character varying(255) not null,
  timestamp character varying(255) not null,
  constraint migrations_pkey PRIMARY KEY (name)
);

create table postamt.migrations_lock (
  id character varying(255) not null,
  is_locked integer default 0 not null,
  constraint migrations_lock_pkey PRIMARY KEY (id)
);

create table postamt.outbox_batches (
  part smallint default postamt.outbox_part() not null,
  topic_number integer not null,
  partition_index integer not null,
  base_offset bigint,
  relay text not null,
  incarnation bigint default postamt.incarnation() not null,
  moved_at timestamp with time zone default now() not null,
  first_id bigint not null,
  last_id bigint not null,
  ids bigint[] not null
) partition by LIST (part);

create table postamt.outbox_batches_0 partition of postamt.outbox_batches FOR VALUES IN ('0');

create table postamt.outbox_batches_1 partition of postamt.outbox_batches FOR VALUES IN ('1');

create table postamt.outbox_batches_2 partition of postamt.outbox_batches FOR VALUES IN ('2');

create table postamt.outbox_batches_3 partition of postamt.outbox_batches FOR VALUES IN ('3');

CREATE INDEX outbox_batches_ids_idx ON ONLY postamt.outbox_batches USING gist (int8range(first_id, last_id, '[]'::text));

create table postamt.outbox_cdc_detours (
  slot text not null,
  topic_number integer not null,
  lane bytea not null,
  key bytea not null,
  since timestamp with time zone default now() not null,
  constraint outbox_cdc_detours_pkey PRIMARY KEY (slot, topic_number, lane)
);

create table postamt.outbox_cdc_positions (
  slot text not null,
  number bigint not null,
  lsn pg_lsn not null,
  incarnation bigint not null,
  relay text not null,
  moved_at timestamp with time zone default now() not null,
  constraint outbox_cdc_positions_pkey PRIMARY KEY (slot, number)
);

create table postamt.outbox_cursors (
  part smallint default postamt.outbox_part() not null,
  shard smallint not null,
  number bigint not null,
  incarnation bigint not null,
  snapshot pg_snapshot not null,
  low_id bigint default 0 not null,
  page_snapshot pg_snapshot,
  page_last_id bigint,
  page_low_id bigint,
  due_at bigint default 0 not null,
  due_id bigint default 0 not null,
  next_due bigint,
  parked boolean default false not null,
  constraint outbox_cursors_page_check CHECK (((page_snapshot IS NULL) = (page_last_id IS NULL))),
  constraint outbox_cursors_pkey PRIMARY KEY (shard, number, part)
) partition by LIST (part);

create table postamt.outbox_cursors_0 partition of postamt.outbox_cursors FOR VALUES IN ('0');

create table postamt.outbox_cursors_1 partition of postamt.outbox_cursors FOR VALUES IN ('1');

create table postamt.outbox_cursors_2 partition of postamt.outbox_cursors FOR VALUES IN ('2');

create table postamt.outbox_cursors_3 partition of postamt.outbox_cursors FOR VALUES IN ('3');

create table postamt.outbox_delayed (
  shard smallint not null,
  due_at bigint not null,
  id bigint not null,
  event_id uuid not null,
  topic_number integer not null,
  timestamp bigint not null,
  written_at timestamp with time zone not null,
  key bytea,
  value bytea,
  headers jsonb,
  constraint outbox_delayed_pkey PRIMARY KEY (shard, due_at, id)
);

CREATE INDEX outbox_delayed_id_idx ON postamt.outbox_delayed USING btree (id);

create table postamt.outbox_deliveries (
  part smallint default postamt.outbox_part() not null,
  number bigint not null,
  done boolean not null,
  ids bigint[] not null,
  constraint outbox_deliveries_pkey PRIMARY KEY (number, done, part)
) partition by LIST (part);

create table postamt.outbox_deliveries_0 partition of postamt.outbox_deliveries FOR VALUES IN ('0');

create table postamt.outbox_deliveries_1 partition of postamt.outbox_deliveries FOR VALUES IN ('1');

create table postamt.outbox_deliveries_2 partition of postamt.outbox_deliveries FOR VALUES IN ('2');

create table postamt.outbox_deliveries_3 partition of postamt.outbox_deliveries FOR VALUES IN ('3');

create table postamt.outbox_event_ids (
  part smallint not null,
  event_id uuid not null,
  constraint outbox_event_ids_pkey PRIMARY KEY (event_id, part)
) partition by LIST (part);

create table postamt.outbox_event_ids_0 partition of postamt.outbox_event_ids FOR VALUES IN ('0');

create table postamt.outbox_event_ids_1 partition of postamt.outbox_event_ids FOR VALUES IN ('1');

create table postamt.outbox_event_ids_2 partition of postamt.outbox_event_ids FOR VALUES IN ('2');

create table postamt.outbox_events (
  part smallint default postamt.outbox_part() not null,
  shard smallint not null,
  id bigint default postamt.next_outbox_id() not null,
  event_id uuid not null,
  incarnation bigint default (pg_control_system()).system_identifier not null,
  xid xid8 default pg_current_xact_id() not null,
  topic_number integer not null,
  timestamp bigint not null,
  written_at timestamp with time zone default now() not null,
  deliver_at bigint,
  key bytea,
  value bytea,
  headers jsonb,
  constraint outbox_events_pkey PRIMARY KEY (shard, id, part),
  constraint outbox_events_shard_check CHECK (((shard >= 0) AND (shard <= 63)))
) partition by LIST (part);

create table postamt.outbox_events_0 partition of postamt.outbox_events FOR VALUES IN ('0');

create table postamt.outbox_events_1 partition of postamt.outbox_events FOR VALUES IN ('1');

create table postamt.outbox_events_2 partition of postamt.outbox_events FOR VALUES IN ('2');

create table postamt.outbox_events_3 partition of postamt.outbox_events FOR VALUES IN ('3');

CREATE INDEX outbox_events_shard_xid_idx ON ONLY postamt.outbox_events USING btree (shard, incarnation, xid, id);

create table postamt.outbox_id_generations (
  number bigint not null,
  opened_at timestamp with time zone default now() not null,
  constraint outbox_id_generations_pkey PRIMARY KEY (number)
);

create table postamt.outbox_parked (
  place bigint generated always as identity not null,
  topic_number integer not null,
  lane bytea not null,
  id bigint not null,
  shard smallint not null,
  event_id uuid not null,
  timestamp bigint not null,
  written_at timestamp with time zone not null,
  key bytea,
  value bytea,
  headers jsonb,
  constraint outbox_parked_pkey PRIMARY KEY (topic_number, lane, place)
);

CREATE INDEX outbox_parked_id_idx ON postamt.outbox_parked USING btree (id);

create table postamt.outbox_parked_keys (
  topic_number integer not null,
  lane bytea not null,
  shard smallint not null,
  key bytea,
  attempts integer not null,
  next_attempt_at bigint,
  code text not null,
  reason text not null,
  parked_at timestamp with time zone default now() not null,
  constraint outbox_parked_keys_pkey PRIMARY KEY (topic_number, lane)
);

CREATE INDEX outbox_parked_keys_due_idx ON postamt.outbox_parked_keys USING btree (shard, next_attempt_at);

create table postamt.outbox_parts (
  part smallint not null,
  opened_at timestamp with time zone,
  closed_at timestamp with time zone,
  constraint outbox_parts_pkey PRIMARY KEY (part)
);

create table postamt.partitions (
  id integer generated always as identity not null,
  topic_number integer not null,
  index integer not null,
  leader_epoch integer default 0 not null,
  log_start_offset bigint default 0 not null,
  segment_number integer,
  floor_offset bigint default 0 not null,
  timeline integer default postamt.current_timeline() not null,
  constraint partitions_pkey PRIMARY KEY (id),
  constraint partitions_topic_number_fkey FOREIGN KEY (topic_number) REFERENCES postamt.topics(number),
  constraint partitions_topic_number_index_key UNIQUE (topic_number, index)
);

create table postamt.producer_snapshots (
  partition_id integer not null,
  producer_id bigint not null,
  producer_epoch smallint not null,
  base_sequence integer not null,
  base_offset bigint not null,
  last_offset bigint not null,
  noted_at timestamp with time zone default now() not null,
  constraint producer_snapshots_partition_id_fkey FOREIGN KEY (partition_id) REFERENCES postamt.partitions(id),
  constraint producer_snapshots_pkey PRIMARY KEY (partition_id, producer_id, base_offset)
);

CREATE INDEX producer_snapshots_noted_at_idx ON postamt.producer_snapshots USING btree (noted_at);

create table postamt.projections (
  name text not null,
  version integer not null,
  state text not null,
  changed_at timestamp with time zone default now() not null,
  constraint projections_pkey PRIMARY KEY (name, version),
  constraint projections_state_check CHECK ((state = ANY (ARRAY['building'::text, 'active'::text, 'retired'::text])))
);

CREATE UNIQUE INDEX projections_active_key ON postamt.projections USING btree (name) WHERE (state = 'active'::text);

create table postamt.retired_leaves (
  leaf text not null,
  retired_at timestamp with time zone default now() not null,
  constraint retired_leaves_pkey PRIMARY KEY (leaf)
);

create table postamt.schemas (
  id integer generated always as identity not null,
  fingerprint bytea not null,
  definition text not null,
  constraint schemas_fingerprint_key UNIQUE (fingerprint),
  constraint schemas_pkey PRIMARY KEY (id)
);

create table postamt.segment_partitions (
  topic_number integer not null,
  segment_number integer not null,
  partition_id integer not null,
  first_offset bigint not null,
  last_offset bigint,
  max_timestamp bigint,
  size_bytes bigint,
  constraint segment_partitions_partition_id_fkey FOREIGN KEY (partition_id) REFERENCES postamt.partitions(id),
  constraint segment_partitions_pkey PRIMARY KEY (partition_id, segment_number),
  constraint segment_partitions_segment_fkey FOREIGN KEY (topic_number, segment_number) REFERENCES postamt.segments(topic_number, number)
);

CREATE INDEX segment_partitions_segment_idx ON postamt.segment_partitions USING btree (topic_number, segment_number);

create table postamt.segments (
  topic_number integer not null,
  number integer not null,
  leaf text not null,
  state text default 'active'::text not null,
  created_at timestamp with time zone default now() not null,
  sealed_at timestamp with time zone,
  size_bytes bigint,
  frozen_at timestamp with time zone,
  compacted_at timestamp with time zone,
  delete_horizon bigint,
  has_gaps boolean default false not null,
  constraint segments_leaf_key UNIQUE (leaf),
  constraint segments_pkey PRIMARY KEY (topic_number, number),
  constraint segments_state_check CHECK ((state = ANY (ARRAY['active'::text, 'sealed'::text]))),
  constraint segments_topic_number_fkey FOREIGN KEY (topic_number) REFERENCES postamt.topics(number)
);

CREATE UNIQUE INDEX segments_active_key ON postamt.segments USING btree (topic_number) WHERE (state = 'active'::text);

create table postamt.subject_versions (
  subject text not null,
  version integer not null,
  schema_id integer not null,
  registered_at timestamp with time zone default now() not null,
  constraint subject_versions_pkey PRIMARY KEY (subject, version),
  constraint subject_versions_schema_id_fkey FOREIGN KEY (schema_id) REFERENCES postamt.schemas(id),
  constraint subject_versions_subject_schema_id_key UNIQUE (subject, schema_id)
);

create table postamt.topic_defaults (
  only_row boolean default true not null,
  config jsonb default '{}'::jsonb not null,
  constraint topic_defaults_only_row_check CHECK (only_row),
  constraint topic_defaults_pkey PRIMARY KEY (only_row)
);

create table postamt.topics (
  number integer generated always as identity not null,
  id uuid default gen_random_uuid() not null,
  name text not null,
  config jsonb default '{}'::jsonb not null,
  created_at timestamp with time zone default now() not null,
  deleted_at timestamp with time zone,
  constraint topics_id_key UNIQUE (id),
  constraint topics_pkey PRIMARY KEY (number)
);

CREATE UNIQUE INDEX topics_name_key ON postamt.topics USING btree (name) WHERE (deleted_at IS NULL);

create view postamt.outbox as
SELECT event.id,
    event.event_id,
    topic.name AS topic,
    event.key,
    to_timestamp((event."timestamp"::numeric / 1000.0)::double precision) AS "timestamp",
        CASE
            WHEN batch.partition_index = '-1'::integer THEN 'DISCARDED'::text
            WHEN batch.ids IS NOT NULL THEN 'PUBLISHED'::text
            WHEN event.due_at IS NOT NULL THEN 'DELAYED'::text
            WHEN event.lane IS NOT NULL AND event.head AND parked_key.next_attempt_at IS NULL THEN 'FAILED'::text
            WHEN event.lane IS NOT NULL THEN 'PARKED'::text
            WHEN event.passed THEN 'PUBLISHED'::text
            ELSE 'PENDING'::text
        END AS status,
    NULLIF(batch.partition_index, '-1'::integer) AS partition,
    batch.base_offset + array_position(batch.ids, event.id) - 1 AS "offset",
    to_timestamp((COALESCE(event.due_at, event.deliver_at)::numeric / 1000.0)::double precision) AS due,
    parked_key.attempts,
    to_timestamp((parked_key.next_attempt_at::numeric / 1000.0)::double precision) AS next_attempt,
    parked_key.code,
    parked_key.reason
   FROM ( SELECT event_1.id,
            event_1.event_id,
            event_1.topic_number,
            event_1.key,
            event_1."timestamp",
            event_1.deliver_at,
            event_1.incarnation,
            delayed.due_at,
            parked.lane,
            parked.head,
            event_1.incarnation = cursor.incarnation AND (pg_visible_in_snapshot(event_1.xid, cursor.snapshot) OR pg_visible_in_snapshot(event_1.xid, cursor.page_snapshot) AND event_1.id <= cursor.page_last_id) AS passed
           FROM postamt.outbox_events event_1
             LEFT JOIN LATERAL ( SELECT latest.incarnation,
                    latest.snapshot,
                    latest.page_snapshot,
                    latest.page_last_id
                   FROM postamt.outbox_cursors latest
                  WHERE latest.shard = event_1.shard
                  ORDER BY latest.number DESC
                 LIMIT 1) cursor ON true
             LEFT JOIN postamt.outbox_unreleased delayed ON delayed.id = event_1.id
             LEFT JOIN postamt.outbox_waiting parked ON parked.id = event_1.id
        UNION ALL
         SELECT delayed.id,
            delayed.event_id,
            delayed.topic_number,
            delayed.key,
            delayed."timestamp",
            delayed.due_at,
            NULL::bigint,
            delayed.due_at,
            NULL::bytea,
            NULL::boolean,
            true
           FROM postamt.outbox_unreleased delayed
          WHERE NOT (EXISTS ( SELECT
                   FROM postamt.outbox_events event_1
                  WHERE event_1.shard = delayed.shard AND event_1.id = delayed.id))
        UNION ALL
         SELECT parked.id,
            parked.event_id,
            parked.topic_number,
            parked.key,
            parked."timestamp",
            NULL::bigint,
            NULL::bigint,
            NULL::bigint,
            parked.lane,
            parked.head,
            true
           FROM postamt.outbox_waiting parked
          WHERE NOT (EXISTS ( SELECT
                   FROM postamt.outbox_events event_1
                  WHERE event_1.shard = parked.shard AND event_1.id = parked.id))) event
     LEFT JOIN postamt.topics topic ON topic.number = event.topic_number
     LEFT JOIN LATERAL ( SELECT moved.partition_index,
            moved.base_offset,
            moved.ids
           FROM postamt.outbox_batches moved
          WHERE int8range(moved.first_id, moved.last_id, '[]'::text) @> event.id AND (event.id = ANY (moved.ids)) AND moved.incarnation = COALESCE(event.incarnation, moved.incarnation)
         LIMIT 1) batch ON true
     LEFT JOIN postamt.outbox_parked_keys parked_key ON parked_key.topic_number = event.topic_number AND parked_key.lane = event.lane;

create view postamt.outbox_unreleased as
SELECT delayed.shard,
    delayed.due_at,
    delayed.id,
    delayed.event_id,
    delayed.topic_number,
    delayed."timestamp",
    delayed.written_at,
    delayed.key,
    delayed.value,
    delayed.headers
   FROM postamt.outbox_delayed delayed
     JOIN LATERAL ( SELECT latest.due_at,
            latest.due_id
           FROM postamt.outbox_cursors latest
          WHERE latest.shard = delayed.shard
          ORDER BY latest.number DESC
         LIMIT 1) cursor ON (ROW(delayed.due_at, delayed.id) > ROW(cursor.due_at, cursor.due_id));

create view postamt.outbox_waiting as
SELECT place,
    topic_number,
    lane,
    id,
    shard,
    event_id,
    "timestamp",
    written_at,
    key,
    value,
    headers,
    NOT (EXISTS ( SELECT
           FROM postamt.outbox_parked before
          WHERE before.topic_number = parked.topic_number AND before.lane = parked.lane AND before.place < parked.place)) AS head
   FROM postamt.outbox_parked parked;
