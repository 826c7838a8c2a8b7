import { listOffsets, type Catalogue, type OffsetAt } from '#log';
import type { Database } from '#postgres';
import { topicNameOf, type TopicPartition } from './consumer-record.js';

/** Looks offsets up, and throws what is wrong with any of the partitions. */
export async function listPartitionOffsets(
  db: Database,
  catalogue: Catalogue,
  requests: readonly (TopicPartition & { readonly at: OffsetAt })[],
) {
  const wanted = requests.map((request) => ({
    topic: topicNameOf(request),
    partition: request.partition,
    at: request.at,
  }));
  const listed = await listOffsets(db, catalogue, wanted);
  return listed.map(({ topic, partition, offset, timestamp, error }) => {
    if (error) throw error;
    return { topic, partition, offset, timestamp };
  });
}
