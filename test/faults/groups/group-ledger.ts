import type { Database } from '#postgres';

/** Which partition of which group a row is about. */
const LANE =
  'group_name text not null, topic text not null, partition int not null';
const NUMBERED = `
  number bigint not null default nextval('public.history_number'),
  at timestamptz not null default clock_timestamp()`;

/**
 * Has the database write down all that becomes of groups: committed offsets, also those that are pruned later, owners of
 * partitions and members that come and go. Each entry is in the transaction of what it is about, and draws its number
 * under the locks that order that. Effects have a table beside these, which refuses nothing.
 */
export async function installLedger(db: Database): Promise<void> {
  const tables = [
    'create sequence public.history_number',
    `create table public.commit_history (${NUMBERED}, ${LANE}, epoch int not null, next bigint not null,
      mark text not null, transaction text not null default pg_current_xact_id()::text)`,
    `create table public.owner_history (${NUMBERED}, ${LANE}, owner int, epoch int not null)`,
    `create table public.member_history (${NUMBERED}, kind text not null, group_name text not null,
      member int not null, who text not null, is_static boolean not null)`,
    `create table public.effects (${NUMBERED}, ${LANE}, record_offset bigint not null, id text not null,
      who text not null, transaction text not null default pg_current_xact_id()::text)`,
  ];
  for (const table of tables) await db.query(table);
  await noteCommits(db);
  await noteOwners(db);
  await noteMembers(db);
}

const laneOf = (schema: string, joined: string, partition: string) => `
  select consumer_group.name, topic.name, partition.index
  from ${schema}.consumer_groups as consumer_group, ${schema}.partitions as partition
  join ${schema}.topics as topic on topic.number = partition.topic_number
  where consumer_group.id = ${joined} and partition.id = ${partition}`;

async function noteCommits(db: Database): Promise<void> {
  const { schema } = db;
  await db.query(`create function public.note_commit() returns trigger language plpgsql as $$
    declare lane record;
    begin
      select joined.* into lane from ${schema}.group_partitions as joined where joined.id = new.group_partition_id;
      insert into public.commit_history (group_name, topic, partition, epoch, next, mark)
      select named.*, new.epoch, new.committed_offset, new.metadata
      from (${laneOf(schema, 'lane.group_id', 'lane.partition_id')}) as named;
      return null;
    end $$`);
  await db.query(`create trigger note_commit after insert on ${schema}.committed_offsets
    for each row execute function public.note_commit()`);
}

async function noteOwners(db: Database): Promise<void> {
  const { schema } = db;
  await db.query(`create function public.note_owner() returns trigger language plpgsql as $$
    begin
      if tg_op = 'UPDATE' and old.owner is not distinct from new.owner and old.epoch = new.epoch then return null; end if;
      insert into public.owner_history (group_name, topic, partition, owner, epoch)
      select named.*, new.owner, new.epoch
      from (${laneOf(schema, 'new.group_id', 'new.partition_id')}) as named;
      return null;
    end $$`);
  await db.query(`create trigger note_owner after insert or update on ${schema}.group_partitions
    for each row execute function public.note_owner()`);
}

async function noteMembers(db: Database): Promise<void> {
  const { schema } = db;
  await db.query(`create function public.note_member() returns trigger language plpgsql as $$
    declare member ${schema}.group_members;
    begin
      if tg_op = 'INSERT' then member := new; else member := old; end if;
      insert into public.member_history (kind, group_name, member, who, is_static)
      select case tg_op when 'INSERT' then 'joined' else 'removed' end, consumer_group.name, member.id, member.client_id,
        member.instance_id is not null
      from ${schema}.consumer_groups as consumer_group where consumer_group.id = member.group_id;
      return null;
    end $$`);
  await db.query(`create trigger note_member after insert or delete on ${schema}.group_members
    for each row execute function public.note_member()`);
}
