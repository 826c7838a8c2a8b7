import type { CopyRow } from '#postgres';
import { LEAF_COLUMNS } from '../../sql/checked-head.js';

/** A batch as it stands in a leaf. Base offset and leader epoch are not filled in. */
export interface StoredBatch {
  readonly partitionId: number;
  readonly baseOffset: bigint;
  readonly lastOffset: bigint;
  readonly leaderEpoch: number;
  readonly bytes: Buffer;
}

/** A row to be written into a leaf, in the order of its columns. */
export type LeafRow = readonly [
  partitionId: number,
  baseOffset: bigint,
  lastOffset: bigint,
  leaderEpoch: number,
  recordCount: number,
  maxTimestamp: number,
  attributes: number,
  producerId: bigint,
  producerEpoch: number,
  baseSequence: number,
  batch: Buffer,
];

/** About how much of a leaf is in memory at once, and holds up this process' other work: some 10 ms (at 1 MiB, 40). */
const PAGE_BYTES = 256 * 1024;
const PAGE_ROWS = 1_000;

/**
 * The SELECT of the batches of a leaf behind one of them, for COPY, which takes no parameters: only integers of the
 * engine's go into it. The first batch comes whatever its size.
 */
export function leafPageText(
  schema: string,
  leaf: string,
  behind: { readonly partitionId: number; readonly baseOffset: bigint },
): string {
  const { partitionId, baseOffset } = behind;
  return `
    select partition_id, base_offset, last_offset, leader_epoch, batch
    from (
      select page.*, sum(octet_length(page.batch)) over (order by page.partition_id, page.base_offset)
        - octet_length(page.batch) as before
      from (
        select partition_id, base_offset, last_offset, leader_epoch, batch
        from ${schema}.${leaf}
        where (partition_id, base_offset) > (${partitionId}, ${baseOffset}::bigint)
        order by partition_id, base_offset
        limit ${PAGE_ROWS}
      ) as page
    ) as sized
    where sized.before < ${PAGE_BYTES}
    order by partition_id, base_offset`;
}

/** Reads a row of {@link leafPageText} from COPY's binary form. */
export function storedBatch(row: CopyRow): StoredBatch {
  const [id, base, last, epoch, bytes] = row as Buffer[];
  return {
    partitionId: (id as Buffer).readInt32BE(),
    baseOffset: (base as Buffer).readBigInt64BE(),
    lastOffset: (last as Buffer).readBigInt64BE(),
    leaderEpoch: (epoch as Buffer).readInt32BE(),
    bytes: bytes as Buffer,
  };
}

/** The INSERT of so many rows. Its parameters are the columns of the first row, of the second, and so on. */
export function insertRowsText(
  schema: string,
  leaf: string,
  rowCount: number,
): string {
  const rows = Array.from({ length: rowCount }, (_, row) => {
    const places = Array.from(
      { length: 11 },
      (__, n) => `$${row * 11 + n + 1}`,
    );
    return `(${places.join(', ')})`;
  });
  return `insert into ${schema}.${leaf} (${LEAF_COLUMNS}) values ${rows.join(', ')}`;
}
