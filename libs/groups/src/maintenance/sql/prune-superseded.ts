import { defineStatement } from '#postgres';

/** Partitions of groups, a page of them. $1 behind this id · $2 so many. */
export const readPartitionPage = defineStatement<
  [after: number, most: number],
  number
>({
  name: 'read_group_partition_page',
  text: (schema) => `
    select id from ${schema}.group_partitions where id > $1 order by id limit $2`,
  mapRow: (row) => row.id as number,
});

/** What was deleted of a partition. */
export interface Pruned {
  readonly id: number;
  readonly count: number;
  /** Up to this number. */
  readonly upTo: bigint;
}

/**
 * Deletes committed offsets that later ones stand before, at most $3, and says up to where. $1 group partition ids · $2
 * from which number on: what stood before was deleted already. Under a snapshot that is held open it stands in the index
 * still, and would be looked at again each time: 42 ms against 5 with 500,000 of them. What somebody else deletes just now
 * is left to him.
 */
export const pruneSuperseded = defineStatement<
  [ids: readonly number[], floors: readonly bigint[], most: number],
  Pruned
>({
  name: 'prune_superseded_offsets',
  text: (schema) => `
    with doomed as (
      select old.group_partition_id, old.number
      from unnest($1::int[], $2::bigint[]) as wanted(id, floor)
      cross join lateral (
        select latest.number from ${schema}.committed_offsets as latest
        where latest.group_partition_id = wanted.id order by latest.number desc limit 1
      ) as last
      cross join lateral (
        select superseded.group_partition_id, superseded.number
        from ${schema}.committed_offsets as superseded
        where superseded.group_partition_id = wanted.id and superseded.number < last.number
          -- Numbers begin anew where an administrator has deleted the offsets.
          and superseded.number >= case when wanted.floor <= last.number then wanted.floor else 0 end
        order by superseded.number
        limit $3
        for update skip locked
      ) as old
      limit $3
    ), pruned as (
      delete from ${schema}.committed_offsets as committed using doomed
      where committed.group_partition_id = doomed.group_partition_id and committed.number = doomed.number
      returning committed.group_partition_id, committed.number
    )
    select group_partition_id, count(*)::int as count, max(number) as up_to
    from pruned group by group_partition_id`,
  mapRow: (row) => ({
    id: row.group_partition_id as number,
    count: row.count as number,
    upTo: BigInt(row.up_to as string),
  }),
});
