import { bind, defineStatement, takeLocks, type Database } from '#postgres';
import { readTopics } from './sql/read-topics.js';
import { TOPICS_WAKE_UP } from './topic.js';
import { unknownTopic } from './unknown-topic.js';

/**
 * $1 topic number. Alone in its statement: it may wait for maintenance, which holds the topic's row while it changes what
 * the next statements read.
 */
const markDeleted = defineStatement<[topicNumber: number]>({
  name: 'mark_topic_deleted',
  text: (schema) => `
    update ${schema}.topics set deleted_at = now() where number = $1 and deleted_at is null`,
});

/** $1 topic number. Its leaves go to those that are dropped later, one at a time; nobody appends any more. */
const retireLeaves = defineStatement<[topicNumber: number]>({
  name: 'retire_leaves_of_topic',
  text: (schema) => `
    with closed as (
      update ${schema}.partitions set segment_number = null where topic_number = $1
    ), ranges as (
      delete from ${schema}.segment_partitions where topic_number = $1
    )
    insert into ${schema}.retired_leaves (leaf)
    select leaf from ${schema}.segments where topic_number = $1`,
});

/** $1 topic number. Behind {@link retireLeaves}: the ranges point at these. */
const deleteSegments = defineStatement<[topicNumber: number]>({
  name: 'delete_segments',
  text: (schema) => `delete from ${schema}.segments where topic_number = $1`,
});

/**
 * Deletes a topic: at once for users, whose name it gives free, and cheaply for Postgres, which drops the leaves one by
 * one in the background. Offsets that groups committed in it are forgotten with it: a topic of the same name is another
 * one.
 *
 * @throws PostamtError UNKNOWN_TOPIC_OR_PARTITION
 */
export async function deleteTopic(db: Database, name: string): Promise<void> {
  const [topic] = await db.run(readTopics, [[name], null]);
  if (!topic) throw unknownTopic(name);
  await db.transaction(
    (tx) =>
      tx.writeAndCommit([
        bind(takeLocks, [tx.lockKeys('topic', [topic.number])]),
        bind(markDeleted, [topic.number]),
        bind(retireLeaves, [topic.number]),
        bind(deleteSegments, [topic.number]),
      ]),
    { writer: true },
  );
  db.wakeUps.mark([TOPICS_WAKE_UP]);
}
