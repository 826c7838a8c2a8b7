import { PostamtError } from '#kernel';
import { constraintOf, type Database, type Tx } from '#postgres';
import { leafDdl, leafName } from './leaf.js';
import { readTopics } from './sql/read-topics.js';
import { topicConfig, type ConfigEntries } from './topic-config.js';
import { checkTopicName } from './topic-name.js';
import { TOPICS_WAKE_UP, type Topic } from './topic.js';

export interface NewTopic {
  readonly name: string;
  /** 1 by default. */
  readonly partitions?: number;
  /** Under Kafka's names, such as `max.message.bytes`. */
  readonly config?: ConfigEntries;
}

/** The most partitions of one topic. */
export const MOST_PARTITIONS = 100_000;

/**
 * Creates a topic with its partitions and its first leaf, in one transaction.
 *
 * @throws PostamtError TOPIC_ALREADY_EXISTS, INVALID_TOPIC_EXCEPTION, INVALID_PARTITIONS, INVALID_CONFIG
 *
 * @example
 * await createTopic(db, { name: 'incidents', partitions: 6 });
 */
export async function createTopic(
  db: Database,
  topic: NewTopic,
): Promise<Topic> {
  const name = checkTopicName(topic.name);
  const partitions = checkPartitions(name, topic.partitions ?? 1);
  const config = topic.config ?? {};
  topicConfig(config);
  try {
    const created = await db.transaction((tx) =>
      insertTopic(tx, { name, partitions, config }),
    );
    db.wakeUps.mark([TOPICS_WAKE_UP]);
    return created;
  } catch (error) {
    if (constraintOf(error) !== 'topics_name_key') throw error;
    throw new PostamtError(
      'TOPIC_ALREADY_EXISTS',
      `topic ${name} exists already`,
      { cause: error },
    );
  }
}

/** Creates the topic where it does not exist. One that exists stays as it is, whatever its number of partitions. */
export async function ensureTopic(
  db: Database,
  topic: NewTopic,
): Promise<Topic> {
  const [known] = await db.run(readTopics, [
    [checkTopicName(topic.name)],
    null,
  ]);
  if (known) return known;
  try {
    return await createTopic(db, topic);
  } catch (error) {
    if (
      !(error instanceof PostamtError) ||
      error.code !== 'TOPIC_ALREADY_EXISTS'
    )
      throw error;
    return ensureTopic(db, topic);
  }
}

async function insertTopic(tx: Tx, topic: Required<NewTopic>): Promise<Topic> {
  const { schema } = tx;
  const { rows } = await tx.query(
    `insert into ${schema}.topics (name, config) values ($1, $2) returning number`,
    [topic.name, JSON.stringify(topic.config)],
  );
  const number = rows[0]?.number as number;
  const leaf = leafName(number, 0);
  await tx.query(
    `with added as (
      insert into ${schema}.partitions (topic_number, index, segment_number)
      select $1, index, 0 from generate_series(0, $2::int - 1) as index
      returning id
    ), epochs as (
      insert into ${schema}.leader_epochs (partition_id, epoch, start_offset) select id, 0, 0 from added
    ), segment as (
      insert into ${schema}.segments (topic_number, number, leaf) values ($1, 0, $3)
    )
    insert into ${schema}.segment_partitions (topic_number, segment_number, partition_id, first_offset)
    select $1, 0, id, 0 from added`,
    [number, topic.partitions, leaf],
  );
  await tx.query(leafDdl(schema, leaf));
  const [created] = await tx.run(readTopics, [null, [number]]);
  return created as Topic;
}

function checkPartitions(name: string, count: number): number {
  if (Number.isInteger(count) && count > 0 && count <= MOST_PARTITIONS)
    return count;
  throw new PostamtError(
    'INVALID_PARTITIONS',
    `topic ${name} cannot have ${count} partitions: give a whole number from 1 to ${MOST_PARTITIONS}`,
  );
}
