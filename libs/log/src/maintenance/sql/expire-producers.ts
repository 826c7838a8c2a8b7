import { defineStatement, type Statement } from '#postgres';

/** Topics that remember producers noted longer ago than $1 milliseconds, with their active leaf, if there is one. */
export const readTopicsWithOldProducers = defineStatement<
  [expirationMs: number],
  { readonly topicNumber: number; readonly leaf: string | null }
>({
  name: 'read_topics_with_old_producers',
  text: (schema) => `
    select distinct partition.topic_number, segment.leaf
    from ${schema}.producer_snapshots as noted
    join ${schema}.partitions as partition on partition.id = noted.partition_id
    left join ${schema}.segments as segment
      on segment.topic_number = partition.topic_number and segment.state = 'active'
    where noted.noted_at < now() - make_interval(secs => $1::float8 / 1000)
    order by partition.topic_number`,
  mapRow: (row) => ({
    topicNumber: row.topic_number as number,
    leaf: row.leaf as string | null,
  }),
});

type ExpireProducers = Statement<
  [topicNumber: number, expirationMs: number],
  void
>;

/**
 * Forgets producers of a topic that were noted longer ago than $2 milliseconds, but for those with a batch in the active
 * leaf: what was noted of them may be the rest of their last five. $1 topic number. Without a leaf all that are old.
 */
export function expireProducers(leaf: string | null): ExpireProducers {
  return defineStatement({
    name: `expire_producers_${leaf ?? 'gone'}`,
    text: (schema) => `
      delete from ${schema}.producer_snapshots as noted
      using ${schema}.partitions as partition
      where partition.id = noted.partition_id and partition.topic_number = $1
        and noted.noted_at < now() - make_interval(secs => $2::float8 / 1000)
        ${leaf === null ? '' : `and not exists (${batchesIn(`${schema}.${leaf}`)})`}`,
  });
}

function batchesIn(leaf: string): string {
  return `
    select from ${leaf} as written
    where written.partition_id = noted.partition_id and written.producer_id = noted.producer_id
      and written.producer_id >= 0`;
}
