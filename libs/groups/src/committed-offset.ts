import type { Database, EngineTx } from '#postgres';
import type { GroupPartition } from './group-partition.js';
import { insertOffset } from './sql/insert-offset.js';
import { pruneOffsets } from './sql/prune-offsets.js';
import { readOffset } from './sql/read-offset.js';

/** A commit: the next offset to read, as in Kafka, and the committed offset that the work started from. */
export interface OffsetCommit {
  readonly partition: GroupPartition;
  /** Null = nothing had been committed. */
  readonly previous: bigint | null;
  readonly next: bigint;
}

/**
 * Commits an offset in the transaction of its effects, and before them: takes the partition's lock, compares, appends.
 * Of two holders of one partition the second waits here for the first one's transaction, and is then refused.
 *
 * @throws PostamtError ILLEGAL_GENERATION when another member has committed since; the transaction is lost.
 */
export async function commitOffset(
  tx: EngineTx,
  commit: OffsetCommit,
): Promise<void> {
  const { partition, previous, next } = commit;
  await tx.lock('groupPartition', [partition.id]);
  await tx.run(insertOffset, [partition.id, previous, next]);
}

/**
 * The committed offset that a new owner starts from; undefined = none. It is read under the partition's lock, after the
 * commit of whoever still works on it.
 */
export async function committedOffset(
  db: Database,
  partition: GroupPartition,
): Promise<bigint | undefined> {
  return db.transaction(async (tx) => {
    await tx.lock('groupPartition', [partition.id]);
    const [offset] = await tx.run(readOffset, [partition.id]);
    return offset;
  });
}

/** Deletes committed offsets that were superseded. In the background: nobody reads them any more. */
export async function pruneCommittedOffsets(
  db: Database,
  partitions: readonly GroupPartition[],
): Promise<void> {
  await db.run(pruneOffsets, [partitions.map((partition) => partition.id)]);
}
