import { defineStatement } from '#postgres';

/**
 * Appends committed offsets. $1 group partition ids · $2 the generations in which their owners got them, -1 = the group
 * has no members · $3 whether to compare · $4 with which committed offset, null = none · $5 the next offsets to read ·
 * $6 leader epochs, null = not known · $7 metadata · $8 the numbers of the members, null = none. The locks of the
 * members, shared, and of the group partitions are held: whoever has lost the partition, or finds another offset than it
 * started from, fails its transaction. The generation does not say it alone: a partition can change hands twice in one
 * that had to wait for its targets.
 */
export const insertOffsets = defineStatement<
  [
    ids: readonly number[],
    epochs: readonly number[],
    compares: readonly boolean[],
    previous: readonly (bigint | null)[],
    next: readonly bigint[],
    leaderEpochs: readonly (number | null)[],
    metadata: readonly string[],
    members: readonly (number | null)[],
  ]
>({
  name: 'insert_offsets',
  text: (schema) => `
    insert into ${schema}.committed_offsets (group_partition_id, number, committed_offset, epoch, leader_epoch, metadata)
    select
      wanted.id,
      case
        when wanted.epoch = -1 and (joined.owner is not null or joined.target is not null)
        then ${schema}.refuse('PA005', 'partition ' || wanted.id || ' of the group belongs to a member, and the commit comes from none')
        when wanted.epoch <> -1 and (joined.owner is distinct from wanted.member or joined.epoch <> wanted.epoch)
        then ${schema}.refuse('PA005', 'the commit is of generation ' || wanted.epoch || ' of partition ' || wanted.id
          || ' of the group, which has ' || case when joined.owner is null then 'no owner' else 'another owner of generation ' || joined.epoch end
          || ' by now')
        when joined.id is null
        then ${schema}.refuse('PA005', 'the group has no partition ' || wanted.id || ' any more')
        when wanted.compares and last.committed_offset is distinct from wanted.previous
        then ${schema}.refuse('PA005', 'committed offset is ' || coalesce(last.committed_offset::text, 'none')
          || ' and not ' || coalesce(wanted.previous::text, 'none') || ', from which the work started')
        else coalesce(last.number, 0) + 1
      end,
      wanted.next, wanted.epoch, wanted.leader_epoch, wanted.metadata
    from unnest($1::int[], $2::int[], $3::boolean[], $4::bigint[], $5::bigint[], $6::int[], $7::text[], $8::int[])
      as wanted(id, epoch, compares, previous, next, leader_epoch, metadata, member)
    left join ${schema}.group_partitions as joined on joined.id = wanted.id
    left join lateral (
      select latest.number, latest.committed_offset from ${schema}.committed_offsets as latest
      where latest.group_partition_id = wanted.id order by latest.number desc limit 1
    ) as last on true`,
});
