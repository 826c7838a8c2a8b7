import type { CopyRow } from '#postgres';

/** Where the first batch at or behind an offset is looked for. */
export interface FirstBatchSearch {
  /** Which of the caller's positions it is. */
  readonly position: number;
  /** The segment's table, without the schema. */
  readonly leaf: string;
  readonly partitionId: number;
  readonly offset: bigint;
}

/** What is told of a batch by its row and its header, without its records. */
export interface BatchOutline {
  readonly position: number;
  readonly baseOffset: bigint;
  readonly lastOffset: bigint;
  readonly leaderEpoch: number;
  readonly recordCount: number;
  readonly attributes: number;
  readonly maxTimestamp: number;
  readonly baseTimestamp: number;
  readonly bytes: number;
}

/** Where the base timestamp stands in a batch, counted from 1 as SQL does (Kafka docs, Record Batch). */
const BASE_TIMESTAMP = 'from 28 for 8';

/**
 * The SELECT, for COPY, of the first batch at or behind each position's offset; a leaf that has none gives no row. Batches
 * are stored uncompressed by Postgres, so that of one of a megabyte `substring` reads the first chunk only.
 */
export function firstBatches(
  schema: string,
  searches: readonly FirstBatchSearch[],
): string {
  const byLeaf = Map.groupBy(searches, ({ leaf }) => leaf);
  return [...byLeaf]
    .map(([leaf, some]) => outlines(`${schema}.${leaf}`, some))
    .join(' union all ');
}

/** As in a fetch: the last batch that begins at or before the offset, unless it ends before; then the next one. */
function outlines(leaf: string, searches: readonly FirstBatchSearch[]): string {
  return `
    select
      wanted.position, found.base_offset, found.last_offset, found.leader_epoch, found.record_count,
      found.attributes::int, found.max_timestamp, substring(found.batch ${BASE_TIMESTAMP}), octet_length(found.batch)
    from (values ${searches.map(values).join(', ')}) as wanted(position, partition_id, first_offset)
    cross join lateral (
      select coalesce(
        (
          select holder.base_offset from (
            select stored.base_offset, stored.last_offset from ${leaf} as stored
            where stored.partition_id = wanted.partition_id and stored.base_offset <= wanted.first_offset
            order by stored.base_offset desc limit 1
          ) as holder
          where holder.last_offset >= wanted.first_offset
        ),
        (
          select stored.base_offset from ${leaf} as stored
          where stored.partition_id = wanted.partition_id and stored.base_offset > wanted.first_offset
          order by stored.base_offset limit 1
        )
      ) as base_offset
      offset 0
    ) as start
    join ${leaf} as found on found.partition_id = wanted.partition_id and found.base_offset = start.base_offset`;
}

/** The SELECT, for COPY, of whole batches by their keys. */
export function wholeBatches(
  schema: string,
  searches: readonly FirstBatchSearch[],
): string {
  const byLeaf = Map.groupBy(searches, ({ leaf }) => leaf);
  return [...byLeaf]
    .map(
      ([leaf, some]) => `
    select wanted.position, found.batch
    from (values ${some.map(values).join(', ')}) as wanted(position, partition_id, first_offset)
    join ${schema}.${leaf} as found
      on found.partition_id = wanted.partition_id and found.base_offset = wanted.first_offset`,
    )
    .join(' union all ');
}

/** Reads a row of {@link firstBatches}. */
export function batchOutline(row: CopyRow): BatchOutline {
  const [position, base, last, epoch, count, attributes, max, first, bytes] =
    row as Buffer[];
  return {
    position: (position as Buffer).readInt32BE(),
    baseOffset: (base as Buffer).readBigInt64BE(),
    lastOffset: (last as Buffer).readBigInt64BE(),
    leaderEpoch: (epoch as Buffer).readInt32BE(),
    recordCount: (count as Buffer).readInt32BE(),
    attributes: (attributes as Buffer).readInt32BE(),
    maxTimestamp: Number((max as Buffer).readBigInt64BE()),
    baseTimestamp: Number((first as Buffer).readBigInt64BE()),
    bytes: (bytes as Buffer).readInt32BE(),
  };
}

/** Reads a row of {@link wholeBatches}. */
export function wholeBatch(row: CopyRow): [position: number, bytes: Buffer] {
  const [position, bytes] = row as [Buffer, Buffer];
  return [position.readInt32BE(), bytes];
}

function values({ position, partitionId, offset }: FirstBatchSearch): string {
  return `(${integer(position)}, ${integer(partitionId)}, ${integer(offset)}::bigint)`;
}

function integer(value: number | bigint): string {
  if (typeof value === 'bigint' || Number.isSafeInteger(value))
    return String(value);
  throw new RangeError(`${value} is not an integer`);
}
