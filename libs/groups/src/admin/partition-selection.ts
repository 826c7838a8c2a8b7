import { PostamtError } from '#kernel';
import { partitionOf, type Catalogue, type Topic } from '#log';
import type { Database } from '#postgres';
import { readPartitionsOfGroup } from './sql/describe-group.js';

/** Partitions of a topic: all that it has, unless some are named. */
export interface TopicSelection {
  readonly topic: string;
  readonly partitions?: readonly number[];
}

/** A partition that was selected. */
export interface SelectedPartition {
  readonly topic: string;
  readonly partition: number;
  readonly partitionId: number;
}

/**
 * The partitions that are meant, by topic and index, each once: those that are named, or with `all` those in which the
 * group has committed something, as in Kafka.
 *
 * @throws PostamtError UNKNOWN_TOPIC_OR_PARTITION; INVALID_VALUE where none is named
 */
export async function selectPartitions(
  db: Database,
  catalogue: Catalogue,
  request: {
    readonly group: string;
    readonly topics: readonly TopicSelection[] | 'all';
  },
): Promise<SelectedPartition[]> {
  const { group, topics } = request;
  const wanted =
    topics === 'all' ? await committedTopics(db, catalogue, group) : topics;
  if (topics !== 'all' && wanted.length === 0)
    throw new PostamtError(
      'INVALID_VALUE',
      `no topic of group ${group} is named; name some, or say that all are meant`,
    );
  const selected = new Map<number, SelectedPartition>();
  for (const selection of wanted) {
    const topic = await catalogue.topic(selection.topic);
    for (const each of partitionsOf(topic, selection))
      selected.set(each.partitionId, each);
  }
  return [...selected.values()].sort(byName);
}

async function committedTopics(
  db: Database,
  catalogue: Catalogue,
  group: string,
): Promise<TopicSelection[]> {
  const rows = await db.run(readPartitionsOfGroup, [group]);
  const committed = rows.filter((row) => row.committed !== null);
  await catalogue.topicsByNumber(
    new Set(committed.map(({ topicNumber }) => topicNumber)),
  );
  const byTopic = Map.groupBy(committed, ({ topic }) => topic);
  return [...byTopic].map(([topic, some]) => ({
    topic,
    partitions: some.map(({ partition }) => partition),
  }));
}

function partitionsOf(
  topic: Topic,
  { partitions }: TopicSelection,
): SelectedPartition[] {
  const indexes = partitions ?? topic.partitions.map(({ index }) => index);
  return indexes.map((partition) => ({
    topic: topic.name,
    partition,
    partitionId: partitionOf(topic, partition).id,
  }));
}

function byName(a: SelectedPartition, b: SelectedPartition): number {
  if (a.topic === b.topic) return a.partition - b.partition;
  return a.topic < b.topic ? -1 : 1;
}
