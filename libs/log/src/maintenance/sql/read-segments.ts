import { defineStatement, type RawRow } from '#postgres';
import type { Segment, SegmentPartition } from '../topic-log.js';

export interface SegmentRow extends Segment {
  readonly topicNumber: number;
  /** The database's clock, in milliseconds. */
  readonly now: number;
}

/**
 * Segments of topics that were not deleted, in the order of topics and numbers; $1 numbers of topics, null = all. The
 * size of an active leaf is asked from the file system, which opens the table for a moment; one without rows counts as 0,
 * though its indexes have a page each.
 */
export const readSegments = defineStatement<
  [topicNumbers: readonly number[] | null],
  SegmentRow
>({
  name: 'read_segments',
  text: (schema) => `
    select
      segment.topic_number, segment.number, segment.leaf, segment.state, segment.frozen_at is not null as is_frozen,
      segment.compacted_at is not null as is_compacted, segment.delete_horizon,
      ${milliseconds('now()')} as now,
      ${milliseconds('segment.created_at')} as created_at,
      ${milliseconds('segment.sealed_at')} as sealed_at,
      case segment.state
        when 'active' then case pg_relation_size(to_regclass('${schema}.' || segment.leaf))
          when 0 then 0
          else pg_total_relation_size(to_regclass('${schema}.' || segment.leaf))
        end
        else segment.size_bytes
      end as size_bytes,
      array_agg(held.partition_id order by held.partition_id) as ids,
      array_agg(partition.log_start_offset order by held.partition_id) as starts,
      array_agg(held.first_offset order by held.partition_id) as firsts,
      array_agg(held.last_offset order by held.partition_id) as lasts,
      array_agg(held.max_timestamp order by held.partition_id) as timestamps,
      array_agg(held.size_bytes order by held.partition_id) as sizes
    from ${schema}.segments as segment
    join ${schema}.topics as topic on topic.number = segment.topic_number and topic.deleted_at is null
    join ${schema}.segment_partitions as held
      on held.topic_number = segment.topic_number and held.segment_number = segment.number
    join ${schema}.partitions as partition on partition.id = held.partition_id
    where $1::int[] is null or segment.topic_number = any ($1)
    group by segment.topic_number, segment.number
    order by segment.topic_number, segment.number`,
  mapRow: segmentOf,
});

function milliseconds(time: string): string {
  return `floor(extract(epoch from ${time}) * 1000)::bigint`;
}

function segmentOf(row: RawRow): SegmentRow {
  return {
    topicNumber: row.topic_number as number,
    now: Number(row.now),
    number: row.number as number,
    leaf: row.leaf as string,
    state: row.state as Segment['state'],
    createdAt: Number(row.created_at),
    sealedAt: numberOrNull(row.sealed_at),
    sizeBytes: numberOrNull(row.size_bytes),
    isFrozen: row.is_frozen as boolean,
    isCompacted: row.is_compacted as boolean,
    deleteHorizon: numberOrNull(row.delete_horizon),
    partitions: partitionsOf(row),
  };
}

function partitionsOf(row: RawRow): SegmentPartition[] {
  const ids = (row.ids ?? []) as number[];
  const [starts, firsts, lasts, timestamps, sizes] = [
    row.starts,
    row.firsts,
    row.lasts,
    row.timestamps,
    row.sizes,
  ] as (string | null)[][];
  return ids.map((partitionId, n) => ({
    partitionId,
    logStartOffset: BigInt(starts?.[n] as string),
    firstOffset: BigInt(firsts?.[n] as string),
    lastOffset: bigintOrNull(lasts?.[n]),
    maxTimestamp: numberOrNull(timestamps?.[n]),
    sizeBytes: numberOrNull(sizes?.[n]),
  }));
}

function numberOrNull(value: unknown): number | null {
  return value === null || value === undefined ? null : Number(value);
}

function bigintOrNull(value: unknown): bigint | null {
  return typeof value === 'string' ? BigInt(value) : null;
}
