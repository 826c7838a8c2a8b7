import { topicConfigEntries, type Topic } from '#log';

/** A topic in a list. */
export interface TopicSummary {
  readonly name: string;
  readonly id: string;
  readonly partitions: number;
  /** Under Kafka's names, defaults included. */
  readonly config: Readonly<Record<string, string | number>>;
}

/** What a list shows of a topic. */
export function summaryOf(
  topic: Pick<Topic, 'name' | 'id' | 'partitions' | 'config'>,
): TopicSummary {
  return {
    name: topic.name,
    id: topic.id,
    partitions: topic.partitions.length,
    config: topicConfigEntries(topic.config),
  };
}
