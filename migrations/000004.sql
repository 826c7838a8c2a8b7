-- Writing to the outbox: ids that callers choose are claimed once, and SQL publishes without Node.

-- The column's own expression is inlined; calling the function cost 9 µs of each INSERT of one event.
alter table :schema.outbox_events alter column incarnation set default (pg_control_system()).system_identifier;

-- 32-bit murmur2 with Kafka's seed: the same number as org.apache.kafka.common.utils.Utils.murmur2, signed.
create function :schema.murmur2(bytes bytea) returns int
language plpgsql immutable strict parallel safe
set search_path = pg_catalog, pg_temp
as $$
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
$$;

-- A UUID version 7 (RFC 9562): the milliseconds since 1970 in 48 bits, the version, and chance.
create function :schema.new_event_id() returns uuid
language plpgsql volatile
set search_path = pg_catalog, pg_temp
as $$
declare
  chance bytea := uuid_send(gen_random_uuid());
  since_1970 bytea := int8send(floor(extract(epoch from clock_timestamp()) * 1000)::bigint);
begin
  chance := set_byte(chance, 6, (get_byte(chance, 6) & 15) | 112);
  return encode(substring(since_1970 from 3) || substring(chance from 7), 'hex')::uuid;
end
$$;

-- Claims ids that callers chose, each given once, for as long as the ring of generations remembers them, and returns
-- those of them that are duplicates: claimed before. One that a transaction in progress has claimed is waited for. An id
-- is fresh if it stood neither in the current generation nor in the one before: two claims of one id meet in one of the
-- two, even when the ring turned between them. The sequence is read as it is now, whatever the snapshot. Everybody's rows
-- go in in one order, so that nobody waits in a circle. With `refuse`, duplicates leave the others unclaimed.
-- Security definer: whoever publishes needs no right to write, read or forget ids; what is deleted is of this call.
create function :schema.claim_event_ids(ids uuid[], refuse boolean) returns setof uuid
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  claimed uuid[];
  parts smallint[];
  duplicates uuid[];
begin
  with claim as (
    insert into :schema.outbox_event_ids (part, event_id)
    select generation.part, wanted.id
    from unnest(ids) as wanted(id)
    cross join (
      select ((ring.last_value - back.step) % 3)::smallint as part
      from :schema.outbox_id_generation as ring, (values (0), (1)) as back(step)
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
    delete from :schema.outbox_event_ids as burnt
    using unnest(claimed, parts) as mine(id, part)
    where burnt.event_id = mine.id and burnt.part = mine.part;
  end if;
  return query select unnest(duplicates);
end
$$;

-- Headers as outbox_events keeps them, names and base64 of bytes, from an object of texts; null where there are none.
create function :schema.event_headers(headers jsonb) returns jsonb
language plpgsql volatile
set search_path = pg_catalog, pg_temp
as $$
declare
  header record;
  pairs jsonb := '[]';
begin
  if headers is null then
    return null;
  elsif jsonb_typeof(headers) <> 'object' then
    perform :schema.refuse('PA024', format('headers are %s: give an object of texts, {"name": "text"}', headers));
  end if;
  for header in select given.key, given.value from jsonb_each(headers) as given loop
    if header.key = 'id' or jsonb_typeof(header.value) <> 'string' then
      perform :schema.refuse('PA024', format(
        'the header %s is %s: give a text, under another name than "id" (that bears the event''s id)',
        to_jsonb(header.key), header.value));
    end if;
    pairs := pairs || jsonb_build_array(jsonb_build_array(header.key,
      translate(encode(convert_to(header.value #>> '{}', 'UTF8'), 'base64'), E'\n', '')));
  end loop;
  return nullif(pairs, '[]');
end
$$;

-- Refuses what a topic would refuse when the event is moved into it.
create function :schema.check_event(
  topic text, config jsonb, key bytea, value bytea, headers jsonb, event_timestamp bigint
) returns void
language plpgsql volatile
set search_path = pg_catalog, pg_temp
as $$
declare
  now_ms bigint := extract(epoch from clock_timestamp()) * 1000;
  -- 160 for what a record takes in a batch of its own beside its parts, as Outbox.publish has it.
  bytes bigint := 160 + coalesce(length(key), 0) + coalesce(length(value), 0) + coalesce(length(headers::text), 0);
  most_bytes bigint := coalesce(config ->> 'max.message.bytes', '1048588');
  ahead numeric := coalesce(config ->> 'message.timestamp.after.max.ms', '3600000');
  behind numeric := coalesce(config ->> 'message.timestamp.before.max.ms', '9007199254740991');
begin
  if key is null and config ->> 'cleanup.policy' like '%compact%' then
    perform :schema.refuse('PA023', format(
      'an event for topic %s has no key: the topic is compacted, and keeps the last record of each', topic));
  elsif bytes > most_bytes then
    perform :schema.refuse('PA022', format(
      'an event of about %s bytes for topic %s is larger than its max.message.bytes, %s', bytes, topic, most_bytes));
  elsif config ->> 'message.timestamp.type' is distinct from 'LogAppendTime'
    and (event_timestamp > now_ms + ahead or event_timestamp < now_ms - behind) then
    perform :schema.refuse('PA025', format(
      'the timestamp %s of an event for topic %s is %s ms from now; message.timestamp.before.max.ms is %s, message.timestamp.after.max.ms %s',
      event_timestamp, topic, event_timestamp - now_ms, behind, ahead));
  end if;
end
$$;

-- Refuses a value that does not begin with the id of a schema of its topic, as Confluent's wire format has it: a byte 0,
-- the id in four. A tombstone has none, nor has any value of a topic without schemas.
create function :schema.check_wire_prefix(topic text, value bytea) returns void
language plpgsql volatile
set search_path = pg_catalog, pg_temp
as $$
declare
  value_subject constant text := topic || '-value';
  value_schema bigint;
begin
  if value is null
    or not exists (select from :schema.subject_versions as version where version.subject = value_subject) then
    return;
  elsif length(value) < 5 or get_byte(value, 0) <> 0 then
    perform :schema.refuse('PA021', format(
      'the value of an event for topic %s begins with %s: give a byte 0, the id of a schema of subject %s in four bytes, and Avro',
      topic, substring(value for 5), value_subject));
  end if;
  value_schema :=
    (get_byte(value, 1)::bigint << 24) | (get_byte(value, 2) << 16) | (get_byte(value, 3) << 8) | get_byte(value, 4);
  if not exists (
    select from :schema.subject_versions as version
    where version.subject = value_subject and version.schema_id = value_schema
  ) then
    perform :schema.refuse('PA021', format(
      'the value of an event for topic %s begins with schema id %s, which subject %s does not have',
      topic, value_schema, value_subject));
  end if;
end
$$;

-- Publishes an event whose key and value are encoded, in the transaction of whoever calls it: for triggers and other
-- languages. Returns the event's id, or null for a duplicate that was ignored. `headers` is an object of texts,
-- `deliver_after` counts from now. What is refused is refused with one of these SQLSTATEs: an unknown topic PA001, a
-- duplicate id PA020, a value without a schema id of the topic PA021, too many bytes PA022, no key for a compacted topic
-- PA023, a time too far from now PA025, any other argument PA024.
-- Security definer: a role that may execute it needs no right to any table, and writes nothing that is not checked here.
create function :schema.publish(
  topic text,
  key bytea,
  value bytea,
  headers jsonb default null,
  event_id uuid default null,
  deliver_after interval default null,
  on_duplicate text default 'refuse',
  event_timestamp timestamptz default null
) returns uuid
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  known record;
  id uuid := coalesce(event_id, :schema.new_event_id());
  pairs jsonb := :schema.event_headers(headers);
  since_1970 numeric;
begin
  select found.number, defaults.config || found.config as config into known
  from :schema.topics as found cross join :schema.topic_defaults as defaults
  where found.name = publish.topic and found.deleted_at is null;
  if known.number is null then
    perform :schema.refuse('PA001', format('there is no topic %s', coalesce(to_jsonb(topic)::text, 'null')));
  elsif coalesce(on_duplicate not in ('refuse', 'ignore'), true) then
    perform :schema.refuse('PA024', format('on_duplicate is %L: give ''refuse'' or ''ignore''', on_duplicate));
  elsif deliver_after < interval '0' or deliver_after > interval '3653 days' then
    perform :schema.refuse('PA024', format('deliver_after is %s: give 0 to 3653 days', deliver_after));
  elsif event_timestamp < timestamptz 'epoch' or not isfinite(event_timestamp) then
    perform :schema.refuse('PA024', format('event_timestamp is %s: give a time since 1970', event_timestamp));
  end if;
  since_1970 := floor(extract(epoch from coalesce(event_timestamp, clock_timestamp())) * 1000);
  perform :schema.check_event(topic, known.config, key, value, pairs, since_1970::bigint);
  perform :schema.check_wire_prefix(topic, value);
  if event_id is not null
    and exists (select from :schema.claim_event_ids(array[event_id], on_duplicate = 'refuse')) then
    if on_duplicate = 'ignore' then
      return null;
    end if;
    perform :schema.refuse('PA020', format('the event id %s was published before', event_id));
  end if;
  insert into :schema.outbox_events (event_id, shard, topic_number, timestamp, deliver_at, key, value, headers)
  values (
    id, :schema.murmur2(coalesce(key, convert_to(id::text, 'UTF8'))) & 63, known.number, since_1970,
    ceil(extract(epoch from clock_timestamp() + nullif(deliver_after, interval '0')) * 1000), key, value, pairs
  );
  return id;
end
$$;

-- What runs with its owner's rights is only for roles that were granted it.
revoke all on function :schema.claim_event_ids(uuid[], boolean) from public;
revoke all on function :schema.publish(text, bytea, bytea, jsonb, uuid, interval, text, timestamptz) from public;
