import { type RawTopic, rawTopic } from '#client';
import { PostamtError } from '#kernel';
import { Catalogue } from '#log';
import type { Database } from '#postgres';
import { listVersions, valueSubject } from '#schemas';

/**
 * The topic that a bench writes to: one that is there, or a new one where it is said how many partitions it is to have.
 *
 * @throws PostamtError UNKNOWN_TOPIC_OR_PARTITION; SCHEMA_MISMATCH for a topic whose readers expect something else
 */
export async function openBenchTopic(
  db: Database,
  name: string,
  partitions?: number,
): Promise<RawTopic> {
  const versions = await listVersions(db, valueSubject(name));
  if (versions.length > 0)
    throw new PostamtError(
      'SCHEMA_MISMATCH',
      `topic ${name} has a schema, and a bench writes letters: its readers would fail; give a topic of its own`,
    );
  if (partitions === undefined) {
    await new Catalogue(db).topic(name);
    return rawTopic(name);
  }
  return rawTopic(name, { partitions });
}
