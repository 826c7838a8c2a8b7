import type { DescribedPartition, DescribedTopic } from '#log';
import { type SubjectVersion, valueSubject } from '#schemas';
import { formatFields, formatTable } from './table.js';
import { formatSettings, settingsLine } from './topic-settings.js';
import { summaryOf, type TopicSummary } from './topic-summary.js';

/** A topic with all that is known of it, ready for JSON: offsets are strings there. */
export interface TopicDescription extends Omit<TopicSummary, 'partitions'> {
  readonly records: string;
  readonly partitions: readonly {
    readonly partition: number;
    readonly leaderEpoch: number;
    readonly logStartOffset: string;
    readonly logEndOffset: string;
    readonly records: string;
  }[];
  readonly subject: string;
  readonly versions: readonly {
    readonly version: number;
    readonly schemaId: number;
    readonly registeredAt: string;
    readonly schema: unknown;
  }[];
}

/** Puts together what the log and the schema registry know of a topic. */
export function descriptionOf(
  topic: DescribedTopic,
  versions: readonly SubjectVersion[],
): TopicDescription {
  const records = topic.partitions.map(recordsIn);
  return {
    ...summaryOf(topic),
    records: String(records.reduce((sum, count) => sum + count, 0n)),
    partitions: topic.partitions.map((partition, n) => ({
      partition: partition.index,
      leaderEpoch: partition.leaderEpoch,
      logStartOffset: String(partition.logStartOffset),
      logEndOffset: String(partition.logEndOffset),
      records: String(records[n]),
    })),
    subject: valueSubject(topic.name),
    versions: versions.map((version) => ({
      version: version.version,
      schemaId: version.schemaId,
      registeredAt: version.registeredAt.toISOString(),
      schema: JSON.parse(version.schemaText) as unknown,
    })),
  };
}

/** The same for people: with `all`, the settings that are defaults too. */
export function formatDescription(
  topic: TopicDescription,
  { all = false }: { all?: boolean } = {},
): string {
  const fields = formatFields([
    ['topic', topic.name],
    ['id', topic.id],
    ['config', settingsLine(topic.overrides) || '(defaults)'],
    ['records', topic.records],
  ]);
  return [
    fields,
    ...(all ? [formatSettings(asSummary(topic))] : []),
    formatPartitions(topic),
    formatVersions(topic),
  ].join('\n\n');
}

function asSummary(topic: TopicDescription): TopicSummary {
  return { ...topic, partitions: topic.partitions.length };
}

function formatPartitions({ partitions }: TopicDescription): string {
  return formatTable(
    [
      'partition',
      'leader epoch',
      'log start offset',
      'log end offset',
      'records',
    ],
    partitions.map((each) => [
      each.partition,
      each.leaderEpoch,
      BigInt(each.logStartOffset),
      BigInt(each.logEndOffset),
      BigInt(each.records),
    ]),
  );
}

function formatVersions({ subject, versions }: TopicDescription): string {
  if (versions.length === 0) return `subject ${subject} has no schema`;
  return formatTable(
    ['version', 'schema id', 'registered at', `schema of ${subject}`],
    versions.map((each) => [
      each.version,
      each.schemaId,
      each.registeredAt,
      JSON.stringify(each.schema),
    ]),
  );
}

/** Offsets have no gaps on append; where compaction took records out, it is the most that there may be. */
function recordsIn(partition: DescribedPartition): bigint {
  return partition.logEndOffset - partition.logStartOffset;
}
