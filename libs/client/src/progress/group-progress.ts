import { groupOffsets, type GroupOffsets } from '#groups';
import { describeTopic } from '#log';
import type { Database, EngineTx } from '#postgres';

/** How far a group is in one partition. */
export interface PartitionProgress {
  readonly partitionId: number;
  /** The next offset that the group reads. */
  readonly committed: bigint;
  /** Where the log begins: above 0 once retention took something from it. */
  readonly logStartOffset: bigint;
  /** Where the next append goes. */
  readonly logEndOffset: bigint;
}

/** How far a group is in a topic, read now; where it has committed nothing it stands at the log start offset. */
export async function readProgress(
  db: Database,
  topic: string,
  group: string,
): Promise<PartitionProgress[]> {
  const { partitions } = await describeTopic(db, topic);
  const committed = await groupOffsets(db, group);
  return partitions.map(({ id, logStartOffset, logEndOffset }) => ({
    partitionId: id,
    committed: committed.get(id) ?? logStartOffset,
    logStartOffset,
    logEndOffset,
  }));
}

/** Whether a group has read every partition up to `targets`. */
export async function hasReached(
  db: Database | EngineTx,
  group: string,
  targets: GroupOffsets,
): Promise<boolean> {
  const committed = await groupOffsets(db, group);
  return [...targets].every(
    ([id, target]) => target === 0n || (committed.get(id) ?? 0n) >= target,
  );
}
