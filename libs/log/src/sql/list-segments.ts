import { defineStatement, type RawRow } from '#postgres';

/** What a segment has of one partition. */
export interface ListedRange {
  /** The partition's index in the topic. */
  readonly partition: number;
  readonly firstOffset: bigint;
  /** One less than the first where there is nothing; null while the segment is written. */
  readonly lastOffset: bigint | null;
  /** The greatest timestamp, in milliseconds; -1 where records bear none; null without records, or not known (yet). */
  readonly maxTimestamp: number | null;
  /** Bytes of its batches as they are stored; null while that is not known. */
  readonly sizeBytes: number | null;
}

/** A segment of a topic: one table, the leaf. */
export interface ListedSegment {
  readonly topic: string;
  readonly number: number;
  /** The table, without the schema. */
  readonly leaf: string;
  readonly state: 'active' | 'sealed';
  readonly createdAt: Date;
  /** Null while it is written. */
  readonly sealedAt: Date | null;
  /** Bytes on disk now, with indexes and TOAST; null where the leaf was dropped a moment ago. */
  readonly sizeBytes: number | null;
  /** When all its rows had been frozen; null = not yet. */
  readonly frozenAt: Date | null;
  /** When compaction last wrote it; null = never. */
  readonly compactedAt: Date | null;
  /** In the order of their indexes. */
  readonly partitions: readonly ListedRange[];
}

/**
 * Segments of topics that are not deleted, in the order of names and numbers. $1 a topic's name, null = all. Sizes come
 * from the file system: some stat calls for each leaf.
 */
export const readSegmentList = defineStatement<
  [topicName: string | null],
  ListedSegment
>({
  name: 'list_segments',
  text: (schema) => `
    select
      topic.name as topic, segment.number, segment.leaf, segment.state, segment.created_at, segment.sealed_at,
      segment.frozen_at, segment.compacted_at,
      pg_total_relation_size(to_regclass('${schema}.' || segment.leaf)) as size_bytes,
      array_agg(partition.index order by partition.index) as indexes,
      array_agg(held.first_offset order by partition.index) as firsts,
      array_agg(held.last_offset order by partition.index) as lasts,
      array_agg(held.max_timestamp order by partition.index) as timestamps,
      array_agg(held.size_bytes order by partition.index) as sizes
    from ${schema}.topics as topic
    join ${schema}.segments as segment on segment.topic_number = topic.number
    join ${schema}.segment_partitions as held
      on held.topic_number = segment.topic_number and held.segment_number = segment.number
    join ${schema}.partitions as partition on partition.id = held.partition_id
    where topic.deleted_at is null and ($1::text is null or topic.name = $1)
    group by topic.number, segment.topic_number, segment.number
    order by topic.name, segment.number`,
  mapRow: (row) => ({
    topic: row.topic as string,
    number: row.number as number,
    leaf: row.leaf as string,
    state: row.state as ListedSegment['state'],
    createdAt: row.created_at as Date,
    sealedAt: row.sealed_at as Date | null,
    sizeBytes: numberOrNull(row.size_bytes),
    frozenAt: row.frozen_at as Date | null,
    compactedAt: row.compacted_at as Date | null,
    partitions: rangesOf(row),
  }),
});

function rangesOf(row: RawRow): ListedRange[] {
  const [firsts, lasts, timestamps, sizes] = [
    row.firsts,
    row.lasts,
    row.timestamps,
    row.sizes,
  ] as [string[], (string | null)[], (string | null)[], (string | null)[]];
  return (row.indexes as number[]).map((partition, n) => {
    const last = lasts[n] ?? null;
    return {
      partition,
      firstOffset: BigInt(firsts[n] as string),
      lastOffset: last === null ? null : BigInt(last),
      maxTimestamp: numberOrNull(timestamps[n]),
      sizeBytes: numberOrNull(sizes[n]),
    };
  });
}

function numberOrNull(value: unknown): number | null {
  return value === null || value === undefined ? null : Number(value);
}
