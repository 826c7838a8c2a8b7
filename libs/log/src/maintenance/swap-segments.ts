import type { Database, Tx } from '#postgres';
import { readTopics } from '../sql/read-topics.js';
import { holdTopic, lockSegments, readExtents } from './sql/retire-segments.js';
import { mergePartitions, swapSegments } from './sql/swap-segments.js';
import type { Segment } from './topic-log.js';
import type { WrittenLeaf } from './written-leaf.js';

/** A leaf that is to take the place of some segments. */
export interface Swap {
  readonly topicNumber: number;
  /** As they were read; the last one stays, and stands for all of them. */
  readonly segments: readonly Segment[];
  readonly leaf: WrittenLeaf;
  /** On disk. */
  readonly sizeBytes: number;
  readonly deleteHorizon: number | null;
  readonly isFrozen: boolean;
}

/**
 * Puts a leaf in the place of some segments, in one transaction: a reader has the old ones or the new one, in whole.
 * The last one's number stays: a reader that is done with one of the others goes on behind its number, and finds what was
 * behind it. Nothing is done where the topic was deleted or is not compacted any more, or where the segments are not what was read:
 * dropped by retention, truncated, compacted by somebody else.
 */
export async function swapInto(db: Database, swap: Swap): Promise<boolean> {
  return db.transaction(async (tx) => {
    if (!(await isAsRead(tx, swap))) return false;
    const { topicNumber, segments, leaf } = swap;
    const numbers = segments.map(({ number }) => number);
    const last = Math.max(...numbers);
    const written = [...leaf.partitions];
    await tx.run(mergePartitions, [
      topicNumber,
      numbers,
      last,
      written.map(([id]) => id),
      written.map(([, { maxTimestamp }]) => maxTimestamp),
      written.map(([, { sizeBytes }]) => sizeBytes),
    ]);
    const { sizeBytes, deleteHorizon, isFrozen } = swap;
    const place = [topicNumber, numbers, last] as const;
    await tx.run(swapSegments, [
      ...place,
      leaf.name,
      sizeBytes,
      deleteHorizon,
      isFrozen,
    ]);
    return true;
  });
}

async function isAsRead(tx: Tx, swap: Swap): Promise<boolean> {
  const { topicNumber, segments } = swap;
  const [held] = await tx.run(holdTopic, [topicNumber]);
  if (held === undefined) return false;
  const [topic] = await tx.run(readTopics, [null, [topicNumber]]);
  if (!topic?.config.cleanupPolicy.includes('compact')) return false;
  const numbers = segments.map(({ number }) => number);
  const locked = await tx.run(lockSegments, [topicNumber, numbers]);
  const hasLeaves = segments.every((each, n) => locked[n]?.leaf === each.leaf);
  if (!hasLeaves) return false;
  const extents = await tx.run(readExtents, [topicNumber, numbers]);
  return extents.join(' ') === segments.flatMap(extentsOf).join(' ');
}

function extentsOf({ number, partitions }: Segment): string[] {
  return partitions.map(
    ({ partitionId, firstOffset, lastOffset }) =>
      `${number}/${partitionId}:${firstOffset}-${lastOffset}`,
  );
}
