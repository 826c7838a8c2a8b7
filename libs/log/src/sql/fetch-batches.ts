import type { CopyRow } from '#postgres';

/** One partition to read: where from, and how much. */
export interface FetchPosition {
  readonly partitionId: number;
  /** The offset of the first record wanted. */
  readonly offset: bigint;
  /** About how many bytes of batches; the first batch comes whatever its size, as in Kafka. */
  readonly maxBytes: number;
  /** Read only what lies wholly below this offset: a high watermark or a last stable offset. */
  readonly upTo?: bigint;
}

/** A row of {@link fetchBatches}: each partition has at least one, without a batch where there is nothing to read. */
export interface FetchRow {
  /** Which of the positions asked for it answers, from 0. */
  readonly position: number;
  readonly partitionId: number;
  readonly logStartOffset: bigint;
  readonly logEndOffset: bigint;
  readonly batch:
    | {
        readonly baseOffset: bigint;
        readonly lastOffset: bigint;
        readonly leaderEpoch: number;
        readonly bytes: Buffer;
      }
    | undefined;
}

/** How many batches at the most come from one partition in one fetch. */
const MOST_BATCHES = 1_000;

/**
 * The SELECT of a fetch, for COPY, which takes no parameters: only integers of the engine's go into it. The batch that
 * holds an offset is the last one with `base_offset <= offset`. `octet_length` of an external value reads its header
 * only, so that batches beyond the limit are not fetched from TOAST.
 */
export function fetchBatches(
  schema: string,
  leaf: string,
  positions: readonly FetchPosition[],
): string {
  const wanted = positions.map(
    (p, n) =>
      `(${n}, ${integer(p.partitionId)}, ${integer(p.offset)}::bigint, ${integer(p.maxBytes)}::bigint, ${p.upTo === undefined ? 'null' : integer(p.upTo)}::bigint)`,
  );
  return `
    select
      wanted.n, partition.id, partition.log_start_offset,
      coalesce(head.end_offset, floor.first_offset), found.base_offset, found.last_offset, found.leader_epoch, found.batch
    from (values ${wanted.join(', ')}) as wanted(n, partition_id, position, max_bytes, up_to)
    join ${schema}.partitions as partition on partition.id = wanted.partition_id
    join ${schema}.segments as segment on segment.leaf = '${leaf}'
    join ${schema}.segment_partitions as floor
      on floor.partition_id = partition.id and floor.segment_number = segment.number
    left join lateral (
      select last.last_offset + 1 as end_offset from ${schema}.${leaf} as last
      where last.partition_id = wanted.partition_id order by last.base_offset desc limit 1
    ) as head on true
    left join lateral (
      select sized.* from (
        select page.*, sum(octet_length(page.batch)) over (order by page.base_offset) - octet_length(page.batch) as before
        from (
          select stored.base_offset, stored.last_offset, stored.leader_epoch, stored.batch
          from ${schema}.${leaf} as stored
          where stored.partition_id = wanted.partition_id
            and stored.base_offset >= coalesce((
              select holder.base_offset from ${schema}.${leaf} as holder
              where holder.partition_id = wanted.partition_id and holder.base_offset <= wanted.position
              order by holder.base_offset desc limit 1
            ), 0)
            and stored.last_offset >= wanted.position
            and (wanted.up_to is null or stored.last_offset < wanted.up_to)
          order by stored.base_offset
          limit ${MOST_BATCHES}
        ) as page
      ) as sized
      where sized.before = 0 or sized.before < wanted.max_bytes
    ) as found on true
    order by wanted.n, found.base_offset`;
}

/** Reads a row of {@link fetchBatches} from COPY's binary form. */
export function fetchRow(row: CopyRow): FetchRow {
  const [n, id, start, end, base, last, epoch, bytes] = row as Buffer[];
  return {
    position: (n as Buffer).readInt32BE(),
    partitionId: (id as Buffer).readInt32BE(),
    logStartOffset: (start as Buffer).readBigInt64BE(),
    logEndOffset: (end as Buffer).readBigInt64BE(),
    batch: bytes && {
      baseOffset: (base as Buffer).readBigInt64BE(),
      lastOffset: (last as Buffer).readBigInt64BE(),
      leaderEpoch: (epoch as Buffer).readInt32BE(),
      bytes,
    },
  };
}

function integer(value: number | bigint): string {
  if (typeof value === 'bigint' || Number.isSafeInteger(value))
    return String(value);
  throw new RangeError(`${value} is not an integer`);
}
