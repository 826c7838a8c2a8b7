import { PostamtError } from '#kernel';
import { bind, defineStatement, takeLocks, type Database } from '#postgres';
import { MOST_PARTITIONS } from './create-topic.js';
import { readTopics } from './sql/read-topics.js';
import { TOPICS_WAKE_UP, type Topic } from './topic.js';
import { unknownTopic } from './unknown-topic.js';

/** $1 topic number · $2 how many there are to be in all */
const insertPartitions = defineStatement<[topicNumber: number, total: number]>({
  name: 'insert_partitions',
  text: (schema) => `
    with added as (
      insert into ${schema}.partitions (topic_number, index, segment_number)
      select $1, index, (select number from ${schema}.segments where topic_number = $1 and state = 'active')
      from generate_series((select count(*)::int from ${schema}.partitions where topic_number = $1), $2::int - 1) as index
      returning id
    ), epochs as (
      insert into ${schema}.leader_epochs (partition_id, epoch, start_offset) select id, 0, 0 from added
    )
    insert into ${schema}.segment_partitions (topic_number, segment_number, partition_id, first_offset)
    select $1, segment.number, added.id, 0
    from added cross join ${schema}.segments as segment
    where segment.topic_number = $1 and segment.state = 'active'`,
});

/**
 * Gives a topic more partitions: `total` in all, never fewer than it has. Keys go to other partitions from then on, as in
 * Kafka; what stands in the log stays where it is.
 *
 * @throws PostamtError UNKNOWN_TOPIC_OR_PARTITION; INVALID_PARTITIONS
 *
 * @example
 * await addPartitions(db, 'incidents', 12);
 */
export async function addPartitions(
  db: Database,
  name: string,
  total: number,
): Promise<Topic> {
  const [topic] = await db.run(readTopics, [[name], null]);
  if (!topic) throw unknownTopic(name);
  requireMore(topic, total);
  await db.transaction(
    (tx) =>
      tx.writeAndCommit([
        bind(takeLocks, [tx.lockKeys('topic', [topic.number])]),
        bind(insertPartitions, [topic.number, total]),
      ]),
    { writer: true },
  );
  db.wakeUps.mark([TOPICS_WAKE_UP]);
  const [widened] = await db.run(readTopics, [[name], null]);
  if (!widened) throw unknownTopic(name);
  return widened;
}

function requireMore(topic: Topic, total: number): void {
  const { length } = topic.partitions;
  if (Number.isInteger(total) && total > length && total <= MOST_PARTITIONS)
    return;
  throw new PostamtError(
    'INVALID_PARTITIONS',
    `topic ${topic.name} has ${length} partitions and cannot have ${total}: give a whole number above that, up to ${MOST_PARTITIONS}`,
  );
}
