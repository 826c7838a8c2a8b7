import { PostamtError } from '#kernel';
import type { Database } from '#postgres';
import { fetchBatches, fetchRow } from './sql/fetch-batches.js';
import { readTopics } from './sql/read-topics.js';
import type { Partition, Topic } from './topic.js';

/** A partition with the offsets that can be read in it. */
export interface DescribedPartition extends Partition {
  readonly logStartOffset: bigint;
  /** Where the next append goes. */
  readonly logEndOffset: bigint;
}

export interface DescribedTopic extends Omit<Topic, 'partitions'> {
  readonly partitions: readonly DescribedPartition[];
}

/**
 * A topic with its offsets, read now.
 *
 * @throws PostamtError UNKNOWN_TOPIC_OR_PARTITION
 */
export async function describeTopic(
  db: Database,
  name: string,
): Promise<DescribedTopic> {
  const [topic] = await db.run(readTopics, [[name], null]);
  if (!topic) {
    throw new PostamtError(
      'UNKNOWN_TOPIC_OR_PARTITION',
      `there is no topic ${JSON.stringify(name)}`,
    );
  }
  // Nothing lies wholly below offset 0, so that each partition comes back with its offsets and no batch.
  const positions = topic.partitions.map(({ id }) => ({
    partitionId: id,
    offset: 0n,
    maxBytes: 0,
    upTo: 0n,
  }));
  const rows = await db.copyOut(fetchBatches(db.schema, topic.leaf, positions));
  const offsets = new Map(
    rows.map(fetchRow).map((row) => [row.partitionId, row]),
  );
  const partitions = topic.partitions.map((partition) => ({
    ...partition,
    logStartOffset: offsets.get(partition.id)?.logStartOffset ?? 0n,
    logEndOffset: offsets.get(partition.id)?.logEndOffset ?? 0n,
  }));
  return { ...topic, partitions };
}
