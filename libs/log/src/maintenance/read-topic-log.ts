import type { Database, Tx } from '#postgres';
import { readTopics } from '../sql/read-topics.js';
import { readSegments, type SegmentRow } from './sql/read-segments.js';
import type { TopicLog } from './topic-log.js';

/** All topics with their segments. */
export async function readTopicLogs(db: Database): Promise<TopicLog[]> {
  return topicLogs(db, null);
}

/** One topic with its segments; undefined where it was deleted. */
export async function readTopicLog(
  db: Database | Tx,
  topicNumber: number,
): Promise<TopicLog | undefined> {
  const [log] = await topicLogs(db, [topicNumber]);
  return log;
}

/** Two statements: a topic that rolls between them has a newer segment in the second, and loses nothing by it. */
async function topicLogs(
  db: Database | Tx,
  numbers: readonly number[] | null,
): Promise<TopicLog[]> {
  const topics = await db.run(readTopics, [null, numbers]);
  const rows = await db.run(readSegments, [numbers]);
  const segments = new Map<number, SegmentRow[]>();
  for (const row of rows) {
    const known = segments.get(row.topicNumber);
    if (known) known.push(row);
    else segments.set(row.topicNumber, [row]);
  }
  return topics.flatMap((topic) => {
    const own = segments.get(topic.number) ?? [];
    const [first] = own;
    return first ? [{ topic, now: first.now, segments: own }] : [];
  });
}
