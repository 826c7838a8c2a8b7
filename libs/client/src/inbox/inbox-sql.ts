import { PostamtError } from '#kernel';
import { schemaName } from '#postgres';

/** How an inbox is laid out in the database of the effects. */
export interface InboxInstallOptions {
  /** The schema that its tables and functions live in; `postamt_inbox` by default. It is created where it is missing. */
  readonly schema?: string;
  /** For how many days at least a message is known; 7 by default, 90 at the most. A later install may raise it. */
  readonly retentionDays?: number;
}

export const INBOX_SCHEMA = 'postamt_inbox';
const RETENTION_DAYS = 7;
const MOST_DAYS = 90;
/** Two parts are written to, the next one to be reused is not looked at, and a part may be opened late on its day. */
const SPARE_PARTS = 3;

/**
 * The statement that installs an inbox. It may be run again: what is there stays, and parts are added for a longer
 * retention.
 *
 * `inbox_messages` is a ring of parts, one a day, of which none is ever created or dropped in use. `inbox_claim` writes
 * an id into the newest part and the one before, and then looks into the others. That two transactions which claim one
 * id at once have a part in common, where the second waits for the first, rests on this rule: **a day is opened only when
 * no transaction is left that knows less than the day before it.** A transaction draws its id first and reads the ring
 * then; the newest day is marked with the id of a transaction that read the day before it drew its own. Whoever has a
 * later id knows the day, so that the next one may be opened once all earlier ids are over.
 *
 * @throws PostamtError INVALID_CONFIG
 */
export function inboxSql(options: InboxInstallOptions = {}): string {
  const schema = schemaName(options.schema ?? INBOX_SCHEMA);
  const days = options.retentionDays ?? RETENTION_DAYS;
  if (!Number.isInteger(days) || days < 1 || days > MOST_DAYS) {
    throw new PostamtError(
      'INVALID_CONFIG',
      `retentionDays is ${days}: give a whole number from 1 to ${MOST_DAYS}`,
    );
  }
  return [TABLES, CLOCK, ROLL, CLAIM, END]
    .join('\n')
    .replaceAll(':schema', schema)
    .replaceAll(':parts', String(days + SPARE_PARTS));
}

const TABLES = `do $install$
begin
perform pg_advisory_xact_lock(hashtextextended('postamt inbox :schema', 0));
create schema if not exists :schema;

create table if not exists :schema.inbox_messages (
  part smallint not null,
  consumer text collate "C" not null,
  message_id text collate "C" not null,
  seen_at timestamptz not null default clock_timestamp(),
  constraint inbox_messages_pkey primary key (consumer, message_id, part)
) partition by list (part);

-- Which slot each part holds: slots are counted up, one a day; -1 = none yet.
create table if not exists :schema.inbox_parts (
  part smallint not null,
  slot bigint not null,
  constraint inbox_parts_pkey primary key (part)
);

-- One row: the newest slot, its day (since 1970, UTC), who opened it, and from which transaction on everybody knows it.
create table if not exists :schema.inbox_ring (
  is_only boolean not null default true,
  slot bigint not null,
  day int not null,
  opened_by xid8 not null default pg_current_xact_id(),
  known_from xid8,
  constraint inbox_ring_pkey primary key (is_only),
  constraint inbox_ring_is_only_check check (is_only)
);

for part in 0 .. :parts - 1 loop
  execute format(
    'create table if not exists :schema.inbox_messages_%s partition of :schema.inbox_messages for values in (%s)',
    part, part
  );
  insert into :schema.inbox_parts (part, slot)
  values (part, case when part < 2 then part else -1 end)
  on conflict do nothing;
end loop;
`;

const CLOCK = `create or replace function :schema.inbox_today() returns int
language sql volatile as $today$
  select floor(extract(epoch from clock_timestamp()) / 86400)::int
$today$;

insert into :schema.inbox_ring (slot, day) values (1, :schema.inbox_today())
on conflict do nothing;
`;

/**
 * One step of the ring. The mark: read the ring, and only then draw an id. The next day: all that is older than the mark
 * is over, and nobody has the part open that is to be reused (readers leave the oldest part alone).
 */
const ROLL = `create or replace function :schema.inbox_roll() returns text
language plpgsql volatile as $roll$
declare
  seen bigint;
  ring record;
  reused smallint;
begin
  if current_setting('transaction_isolation') <> 'read committed' then
    raise exception 'an inbox needs read committed, this transaction is %', current_setting('transaction_isolation')
      using errcode = 'feature_not_supported';
  end if;
  if pg_current_xact_id_if_assigned() is null then
    select slot into seen from :schema.inbox_ring;
  end if;
  perform pg_current_xact_id();
  select * into ring from :schema.inbox_ring for update skip locked;
  if not found then
    return 'waiting';
  end if;
  -- A mark that is not of this cluster's past was restored from another one.
  if ring.known_from is null or ring.known_from >= pg_snapshot_xmax(pg_current_snapshot()) then
    if seen is distinct from ring.slot then
      return 'waiting';
    end if;
    update :schema.inbox_ring set known_from = pg_current_xact_id();
    return 'marked';
  end if;
  if :schema.inbox_today() <= ring.day then
    return 'current';
  end if;
  if pg_snapshot_xmin(pg_current_snapshot()) < ring.known_from then
    return 'waiting';
  end if;
  select part into reused from :schema.inbox_parts order by slot limit 1;
  begin
    execute format('lock table :schema.inbox_messages_%s in access exclusive mode nowait', reused);
    execute format('truncate :schema.inbox_messages_%s', reused);
  exception
    when lock_not_available or object_in_use or insufficient_privilege then
      return 'waiting';
  end;
  update :schema.inbox_parts set slot = ring.slot + 1 where part = reused;
  update :schema.inbox_ring
  set slot = ring.slot + 1, day = :schema.inbox_today(), opened_by = pg_current_xact_id(), known_from = null;
  return 'opened';
end
$roll$;
`;

/** Every statement in it has a snapshot of its own, which is what waiting for another transaction needs. */
const CLAIM = `create or replace function :schema.inbox_claim(consumer text, message_id text) returns boolean
language plpgsql volatile as $claim$
declare
  ring record;
  written smallint;
  inserted int;
  others text;
  known boolean;
begin
  if current_setting('transaction_isolation') <> 'read committed' then
    raise exception 'an inbox needs read committed, this transaction is %', current_setting('transaction_isolation')
      using errcode = 'feature_not_supported';
  end if;
  select * into ring from :schema.inbox_ring;
  if ring.known_from is null or ring.day < :schema.inbox_today() then
    perform :schema.inbox_roll();
  end if;
  perform pg_current_xact_id();
  select * into ring from :schema.inbox_ring;
  for written in
    select parts.part from :schema.inbox_parts as parts where parts.slot >= ring.slot - 1 order by parts.slot
  loop
    execute format(
      'insert into :schema.inbox_messages_%s (part, consumer, message_id) values ($1, $2, $3) on conflict do nothing',
      written
    ) using written, consumer, message_id;
    get diagnostics inserted = row_count;
    if inserted = 0 then
      return false;
    end if;
  end loop;
  select string_agg(
    format('select 1 from :schema.inbox_messages_%s where consumer = $1 and message_id = $2', parts.part),
    ' union all ' order by parts.slot desc
  )
  into others
  from :schema.inbox_parts as parts
  where parts.slot between
    greatest(0, ring.slot + 2 - (select count(*) from :schema.inbox_parts)) and ring.slot - 2;
  if others is null then
    return true;
  end if;
  execute 'select exists (' || others || ')' into known using consumer, message_id;
  return not known;
end
$claim$;
`;

const END = `end
$install$`;
