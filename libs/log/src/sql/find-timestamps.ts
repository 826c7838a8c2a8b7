import { defineStatement, type CopyRow } from '#postgres';

/** A segment in which a timestamp may stand. */
export interface TimestampSegment {
  readonly leaf: string;
  /** The greatest timestamp of the partition in it; null where the segment is active, or not summarised yet. */
  readonly maxTimestamp: number | null;
}

/**
 * The segments of a partition in which a record at or after a timestamp may stand, in their order. $1 partition id ·
 * $2 timestamp
 */
export const findTimestampSegments = defineStatement<
  [partitionId: number, timestamp: number],
  TimestampSegment
>({
  name: 'find_timestamp_segments',
  text: (schema) => `
    select segment.leaf, place.max_timestamp
    from ${schema}.segment_partitions as place
    join ${schema}.segments as segment
      on segment.topic_number = place.topic_number and segment.number = place.segment_number
    where place.partition_id = $1 and (place.max_timestamp is null or place.max_timestamp >= $2::bigint)
      and (place.last_offset is null or place.last_offset >= place.first_offset)
    order by place.segment_number`,
  mapRow: (row) => ({
    leaf: row.leaf as string,
    maxTimestamp: row.max_timestamp === null ? null : Number(row.max_timestamp),
  }),
});

/** Which batches of a leaf are looked at. */
export interface TimestampSearch {
  readonly leaf: string;
  readonly partitionId: number;
  /** Only batches that end at or behind this offset. */
  readonly from: bigint;
}

/** A batch with its place. */
export interface TimestampBatch {
  readonly baseOffset: bigint;
  readonly lastOffset: bigint;
  readonly leaderEpoch: number;
  readonly bytes: Buffer;
}

/** The SELECT, for COPY, of the first batch whose greatest timestamp is at or after `timestamp`. */
export function firstBatchSince(
  schema: string,
  { leaf, partitionId, from }: TimestampSearch,
  timestamp: number,
): string {
  return `
    select base_offset, last_offset, leader_epoch, batch from ${schema}.${leaf}
    where partition_id = ${integer(partitionId)} and last_offset >= ${integer(from)}
      and max_timestamp >= ${integer(timestamp)}
    order by base_offset limit 1`;
}

/** The SELECT, for COPY, of the greatest timestamp. */
export function greatestTimestamp(
  schema: string,
  { leaf, partitionId, from }: TimestampSearch,
): string {
  return `
    select max(max_timestamp) from ${schema}.${leaf}
    where partition_id = ${integer(partitionId)} and last_offset >= ${integer(from)}`;
}

/** Reads the row of {@link firstBatchSince}. */
export function timestampBatch(row: CopyRow): TimestampBatch {
  const [base, last, epoch, bytes] = row as [Buffer, Buffer, Buffer, Buffer];
  return {
    baseOffset: base.readBigInt64BE(),
    lastOffset: last.readBigInt64BE(),
    leaderEpoch: epoch.readInt32BE(),
    bytes,
  };
}

function integer(value: number | bigint): string {
  if (typeof value === 'bigint' || Number.isSafeInteger(value))
    return String(value);
  throw new RangeError(`${value} is not an integer`);
}
