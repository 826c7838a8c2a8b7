import { topicConfigEntries, type Topic } from '#log';

/** Settings under Kafka's names. */
export type Settings = Readonly<Record<string, string | number>>;

/** A topic in a list. */
export interface TopicSummary {
  readonly name: string;
  readonly id: string;
  readonly partitions: number;
  /** Under Kafka's names, defaults included. */
  readonly config: Settings;
  /** What of it the topic says itself. */
  readonly overrides: Settings;
}

/** What a list shows of a topic. */
export function summaryOf(
  topic: Pick<Topic, 'name' | 'id' | 'partitions' | 'config' | 'overrides'>,
): TopicSummary {
  const config = topicConfigEntries(topic.config);
  const own = Object.entries(config).filter(([key]) =>
    Object.hasOwn(topic.overrides, key),
  );
  return {
    name: topic.name,
    id: topic.id,
    partitions: topic.partitions.length,
    config,
    overrides: Object.fromEntries(own),
  };
}
