import { defineStatement, type RawRow } from '#postgres';
import { topicConfig, type ConfigEntries } from '../topic-config.js';
import type { Topic } from '../topic.js';

/**
 * Topics with their partitions and active leaves, in the order of their names. $1 names and $2 numbers say which; both
 * null = all.
 */
export const readTopics = defineStatement<
  [names: readonly string[] | null, numbers: readonly number[] | null],
  Topic
>({
  name: 'read_topics',
  text: (schema) => `
    select
      topic.number, topic.id, topic.name, topic.config as overrides, defaults.config || topic.config as config, segment.number as segment_number, segment.leaf,
      array_agg(partition.id order by partition.index) as ids,
      array_agg(partition.leader_epoch order by partition.index) as epochs
    from ${schema}.topics as topic
    cross join ${schema}.topic_defaults as defaults
    join ${schema}.segments as segment on segment.topic_number = topic.number and segment.state = 'active'
    join ${schema}.partitions as partition on partition.topic_number = topic.number
    where topic.deleted_at is null
      and (($1::text[] is null and $2::int[] is null) or topic.name = any ($1) or topic.number = any ($2))
    group by topic.number, segment.topic_number, segment.number, defaults.config
    order by topic.name`,
  mapRow: topicOf,
});

function topicOf(row: RawRow): Topic {
  const epochs = row.epochs as number[];
  const ids = row.ids as number[];
  return {
    number: row.number as number,
    id: row.id as string,
    name: row.name as string,
    config: topicConfig(row.config as ConfigEntries),
    overrides: row.overrides as ConfigEntries,
    partitions: ids.map((id, index) => ({
      id,
      index,
      leaderEpoch: epochs[index] as number,
    })),
    segmentNumber: row.segment_number as number,
    leaf: row.leaf as string,
  };
}
