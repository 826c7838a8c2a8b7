import { defineStatement, type Statement } from '#postgres';

/**
 * Notes what a sealed segment has of each partition: the greatest timestamp and the bytes of its batches. $1 topic
 * number · $2 segment number. `octet_length` of an external value reads its header only. Nothing is noted where the
 * segment has another leaf by now.
 */
export function summarisePartitions(
  leaf: string,
): Statement<[topicNumber: number, segmentNumber: number], void> {
  return defineStatement({
    name: `summarise_partitions_${leaf}`,
    text: (schema) => `
      update ${schema}.segment_partitions as summarised
      set max_timestamp = found.max_timestamp, size_bytes = coalesce(found.size_bytes, 0)
      from ${schema}.segments as segment, ${schema}.segment_partitions as held
      left join (
        select partition_id, max(max_timestamp) as max_timestamp, sum(octet_length(batch))::bigint as size_bytes
        from ${schema}.${leaf}
        group by partition_id
      ) as found on found.partition_id = held.partition_id
      where segment.topic_number = $1 and segment.number = $2 and segment.leaf = '${leaf}'
        and held.topic_number = $1 and held.segment_number = $2
        and summarised.partition_id = held.partition_id and summarised.segment_number = $2`,
  });
}

/** Notes a sealed segment's size on disk. $1 topic number · $2 segment number · $3 leaf */
export const summariseSegment = defineStatement<
  [topicNumber: number, segmentNumber: number, leaf: string]
>({
  name: 'summarise_segment',
  text: (schema) => `
    update ${schema}.segments
    set size_bytes = pg_total_relation_size(to_regclass('${schema}.' || leaf))
    where topic_number = $1 and number = $2 and leaf = $3 and state = 'sealed'`,
});

/** Notes that no vacuum has to come to a sealed segment again. $1 topic number · $2 segment number · $3 leaf */
export const noteFrozen = defineStatement<
  [topicNumber: number, segmentNumber: number, leaf: string]
>({
  name: 'note_frozen',
  text: (schema) => `
    update ${schema}.segments set frozen_at = clock_timestamp()
    where topic_number = $1 and number = $2 and leaf = $3 and state = 'sealed'`,
});

/**
 * Freezes a leaf. It is a statement that runs alone, in no transaction. `truncate false`: giving empty pages at the end
 * back would lock readers out for a moment.
 */
export function freezeText(schema: string, leaf: string): string {
  return `vacuum (freeze, analyze, truncate false) ${schema}.${leaf}`;
}

/**
 * Whether each page of a leaf and of its TOAST is known to be visible to all, which with `freeze` means frozen. While a
 * snapshot is open that was taken before the last append, vacuum cannot do that.
 */
export const isAllVisible = defineStatement<
  [leaf: string],
  { readonly isAllVisible: boolean }
>({
  name: 'is_all_visible',
  text: (schema) => `
    select bool_and(part.relallvisible >= part.relpages) as is_all_visible
    from pg_class as leaf
    join pg_class as part on part.oid in (leaf.oid, leaf.reltoastrelid)
    where leaf.oid = to_regclass('${schema}.' || $1)`,
  mapRow: (row) => ({ isAllVisible: row.is_all_visible === true }),
});
