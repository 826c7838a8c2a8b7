import { PostamtError } from '#kernel';
import type { Database, Tx } from '#postgres';
import { readTopics } from './sql/read-topics.js';
import { requireKey, topicConfig, type ConfigEntries } from './topic-config.js';
import type { Topic } from './topic.js';
import { unknownTopic } from './unknown-topic.js';

/** A change of a configuration: Kafka's IncrementalAlterConfigs with SET and DELETE. */
export interface ConfigChange {
  /** Under Kafka's names, such as `retention.ms`. */
  readonly set?: ConfigEntries;
  /** What goes back to the default. */
  readonly unset?: readonly string[];
}

/**
 * Changes a topic's configuration. Processes that use the topic hear of it within half a minute.
 *
 * @throws PostamtError UNKNOWN_TOPIC_OR_PARTITION, INVALID_CONFIG
 *
 * @example
 * await alterTopic(db, 'incidents', { set: { 'retention.ms': 86_400_000 }, unset: ['segment.bytes'] });
 */
export async function alterTopic(
  db: Database,
  name: string,
  change: ConfigChange,
): Promise<Topic> {
  checkChange(change);
  return db.transaction(async (tx) => {
    await tx.query(
      `update ${tx.schema}.topics set config = (config || $2::jsonb) - $3::text[]
      where name = $1 and deleted_at is null`,
      [name, JSON.stringify(change.set ?? {}), change.unset ?? []],
    );
    return readAltered(tx, name);
  });
}

/**
 * Changes what topics are configured by where they say nothing themselves: Kafka's broker defaults.
 *
 * @throws PostamtError INVALID_CONFIG
 */
export async function alterTopicDefaults(
  db: Database,
  change: ConfigChange,
): Promise<void> {
  checkChange(change);
  await db.transaction((tx) =>
    tx.query(
      `update ${tx.schema}.topic_defaults set config = (config || $1::jsonb) - $2::text[]`,
      [JSON.stringify(change.set ?? {}), change.unset ?? []],
    ),
  );
}

function checkChange({ set = {}, unset = [] }: ConfigChange): void {
  topicConfig(set);
  for (const key of unset) requireKey(key);
  const both = unset.find((key) => key in set);
  if (both === undefined) return;
  throw new PostamtError(
    'INVALID_CONFIG',
    `${both} cannot be set and unset at once`,
  );
}

async function readAltered(tx: Tx, name: string): Promise<Topic> {
  const [topic] = await tx.run(readTopics, [[name], null]);
  if (topic) return topic;
  throw unknownTopic(name);
}
