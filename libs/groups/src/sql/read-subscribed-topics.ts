import { defineStatement } from '#postgres';
import type { SubscribedTopic } from '../coordinate/group-state.js';

/** The topics that members of a group name; all topics, where one of them subscribes by a pattern. $1 group id. */
export const readSubscribedTopics = defineStatement<
  [groupId: number],
  SubscribedTopic
>({
  name: 'read_subscribed_topics',
  text: (schema) => `
    select topic.name, array_agg(partition.id order by partition.index) as ids
    from ${schema}.topics as topic
    join ${schema}.partitions as partition on partition.topic_number = topic.number
    where topic.deleted_at is null and (
      topic.name in (select unnest(member.topics) from ${schema}.group_members as member where member.group_id = $1)
      or exists (select from ${schema}.group_members as member where member.group_id = $1 and member.pattern is not null)
    )
    group by topic.number
    order by topic.name`,
  mapRow: (row) => ({
    name: row.name as string,
    partitionIds: row.ids as number[],
  }),
});
