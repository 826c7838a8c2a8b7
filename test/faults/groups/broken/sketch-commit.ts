import { commitOffsets, committedOffsets, type OwnedPartition } from '#groups';
import type { Database, Tx } from '#postgres';

/** How a member commits in a transaction, before what stands for it. */
export type SketchCommit = (
  tx: Tx,
  partition: OwnedPartition,
  next: bigint,
) => Promise<void>;

/** The product's: locks, checks, appends. */
export const soundCommit: SketchCommit = (tx, partition, next) =>
  commitOffsets(tx, [{ partition, next }]);

/** Appends without a look at who owns the partition. */
export const withoutCheck: SketchCommit = async (tx, { id, epoch }, next) => {
  await insert(tx, { id, epoch, next });
};

/** Looks at who owns the partition, and takes no lock that would keep a successor from coming in between. */
export const withoutLock: SketchCommit = async (tx, { id, epoch }, next) => {
  const { rows } = await tx.query(
    `select from ${tx.schema}.group_partitions where id = $1 and epoch = $2 and owner is not null`,
    [id, epoch],
  );
  if (rows.length === 0) throw new Error('the partition has another owner');
  await insert(tx, { id, epoch, next });
};

async function insert(
  tx: Tx,
  { id, epoch, next }: { id: number; epoch: number; next: bigint },
): Promise<void> {
  await tx.query(
    `insert into ${tx.schema}.committed_offsets (group_partition_id, number, committed_offset, epoch)
    select $1, coalesce(max(number), 0) + 1, $2, $3 from ${tx.schema}.committed_offsets where group_partition_id = $1`,
    [id, next, epoch],
  );
}

/** Where a new owner starts. */
export async function startOf(
  db: Database,
  partition: OwnedPartition,
): Promise<bigint> {
  const committed = await committedOffsets(db, [partition]);
  return committed.get(partition.id)?.offset ?? 0n;
}
