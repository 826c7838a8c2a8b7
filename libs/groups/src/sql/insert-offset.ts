import { defineStatement } from '#postgres';

/**
 * Appends a committed offset behind the one that the work started from. $1 group partition id · $2 the committed offset
 * that the work started from, null = none · $3 the next offset to read. The group partition's lock is held; whoever
 * finds another offset than it started from was overtaken, and its transaction fails.
 */
export const insertOffset = defineStatement<
  [groupPartitionId: number, previous: bigint | null, next: bigint]
>({
  name: 'insert_offset',
  text: (schema) => `
    insert into ${schema}.committed_offsets (group_partition_id, number, committed_offset)
    select
      $1,
      case
        when last.committed_offset is distinct from $2::bigint
        then ${schema}.refuse('PA005', 'committed offset is ' || coalesce(last.committed_offset::text, 'none')
          || ' and not ' || coalesce($2::bigint::text, 'none') || ', from which the work started: another member has the partition')
        else coalesce(last.number, 0) + 1
      end,
      $3
    from (values (1)) as one
    left join lateral (
      select latest.number, latest.committed_offset from ${schema}.committed_offsets as latest
      where latest.group_partition_id = $1 order by latest.number desc limit 1
    ) as last on true`,
});
