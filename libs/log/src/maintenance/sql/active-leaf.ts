import { defineStatement, type RawRow, type Statement } from '#postgres';

/** A timestamp in milliseconds; null without batches. */
export interface NewestRow {
  readonly newest: number | null;
}

/** The bytes of each partition's batches in a leaf. */
export function readLeafBytes(
  leaf: string,
): Statement<[], { readonly partitionId: number; readonly bytes: number }> {
  return defineStatement({
    name: `read_leaf_bytes_${leaf}`,
    text: (schema) => `
      select partition_id, sum(octet_length(batch))::bigint as bytes from ${schema}.${leaf} group by partition_id`,
    mapRow: (row) => ({
      partitionId: row.partition_id as number,
      bytes: Number(row.bytes),
    }),
  });
}

/** The greatest timestamp of each partition's last batch in a leaf, from the index; null without batches. $1 partitions */
export function readLastTimestamp(
  leaf: string,
): Statement<[partitionIds: readonly number[]], NewestRow> {
  return defineStatement({
    name: `read_last_timestamp_${leaf}`,
    text: (schema) => `
      select max(last.max_timestamp) as newest
      from unnest($1::int[]) as wanted(id)
      cross join lateral (
        select max_timestamp from ${schema}.${leaf} where partition_id = wanted.id order by base_offset desc limit 1
      ) as last`,
    mapRow: newestOf,
  });
}

/** The greatest timestamp of a leaf, from all of it; null without batches. */
export function readNewestTimestamp(leaf: string): Statement<[], NewestRow> {
  return defineStatement({
    name: `read_newest_timestamp_${leaf}`,
    text: (schema) =>
      `select max(max_timestamp) as newest from ${schema}.${leaf}`,
    mapRow: newestOf,
  });
}

function newestOf(row: RawRow): NewestRow {
  return { newest: row.newest === null ? null : Number(row.newest) };
}

/** One row where anything stands in a leaf, else none. */
export function readAnyBatch(leaf: string): Statement<[], number> {
  return defineStatement({
    name: `read_any_batch_${leaf}`,
    text: (schema) => `select partition_id from ${schema}.${leaf} limit 1`,
    mapRow: (row) => row.partition_id as number,
  });
}
