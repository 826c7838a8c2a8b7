import { PostamtError } from '#kernel';
import type { Catalogue } from '#log';

/** A partition as a group gave it. */
interface GivenPartition {
  readonly topic: string;
  /** The partition's index in the topic. */
  readonly partition: number;
  readonly partitionId: number;
}

/**
 * What to say where a topic was deleted and made anew: the new one has the name of the old one, and nothing of what that
 * had. What was read by the name belongs to another partition, which the group gives out anew (KIP-516).
 */
export function namesakeError(
  catalogue: Catalogue,
  { topic, partition, partitionId }: GivenPartition,
): PostamtError | undefined {
  const there = catalogue.known(topic)?.partitions[partition];
  if (!there || there.id === partitionId) return undefined;
  return new PostamtError(
    'UNKNOWN_TOPIC_OR_PARTITION',
    `${topic}-${partition} was deleted; what bears its name now is another partition, which the group gives out anew`,
  );
}
