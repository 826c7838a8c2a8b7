import type { Database } from '#postgres';
import { readTopics } from './sql/read-topics.js';
import type { Topic } from './topic.js';

/** All topics, by name. */
export async function listTopics(db: Database): Promise<Topic[]> {
  return db.run(readTopics, [null, null]);
}
