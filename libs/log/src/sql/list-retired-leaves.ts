import { defineStatement } from '#postgres';

/** A leaf that no segment names any more, and that maintenance has not dropped yet. */
export interface RetiredLeaf {
  /** The table, without the schema. */
  readonly leaf: string;
  /** The topic whose segment it was, deleted or not. */
  readonly topic: string;
  readonly retiredAt: Date;
  /** Bytes on disk, which dropping it gives back; null where it was dropped a moment ago. */
  readonly sizeBytes: number | null;
}

/** Those that have waited longest come first. $1 a topic's name, null = all. A leaf's name bears its topic's number. */
export const readRetiredLeafList = defineStatement<
  [topicName: string | null],
  RetiredLeaf
>({
  name: 'list_retired_leaves',
  text: (schema) => `
    select
      retired.leaf, topic.name as topic, retired.retired_at,
      pg_total_relation_size(to_regclass('${schema}.' || retired.leaf)) as size_bytes
    from ${schema}.retired_leaves as retired
    join ${schema}.topics as topic on topic.number = split_part(retired.leaf, '_', 2)::int
    where $1::text is null or topic.name = $1
    order by retired.retired_at, retired.leaf`,
  mapRow: (row) => ({
    leaf: row.leaf as string,
    topic: row.topic as string,
    retiredAt: row.retired_at as Date,
    sizeBytes: row.size_bytes === null ? null : Number(row.size_bytes),
  }),
});
