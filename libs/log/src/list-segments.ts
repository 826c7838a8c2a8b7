import type { Database } from '#postgres';
import {
  readRetiredLeafList,
  type RetiredLeaf,
} from './sql/list-retired-leaves.js';
import { readSegmentList, type ListedSegment } from './sql/list-segments.js';
import { unknownTopic } from './unknown-topic.js';

/**
 * The segments of a topic, or of all, by topic and number; the last one of each topic is the one that is written.
 *
 * @throws PostamtError UNKNOWN_TOPIC_OR_PARTITION
 *
 * @example
 * const segments = await listSegments(db, 'incidents');
 * const bytes = segments.reduce((sum, { sizeBytes }) => sum + (sizeBytes ?? 0), 0);
 */
export async function listSegments(
  db: Database,
  topicName?: string,
): Promise<ListedSegment[]> {
  const segments = await db.run(readSegmentList, [topicName ?? null]);
  if (topicName !== undefined && segments.length === 0)
    throw unknownTopic(topicName);
  return segments;
}

/**
 * The leaves that wait to be dropped: of retention, of compaction, of deleted topics. One that waits for long is read by
 * somebody, or no maintenance runs.
 */
export async function listRetiredLeaves(
  db: Database,
  topicName?: string,
): Promise<RetiredLeaf[]> {
  return db.run(readRetiredLeafList, [topicName ?? null]);
}
