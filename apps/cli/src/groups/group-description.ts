import type {
  DescribedGroup,
  DescribedGroupPartition,
  DescribedMember,
  PartitionName,
} from '#groups';
import { formatAge } from '../age.js';
import { formatFields, formatTable } from '../table.js';
import type { GroupView } from './group-json.js';

/** A group for people. */
export function formatGroup(group: DescribedGroup, view: GroupView): string {
  const { members, partitions } = group;
  const parts = [formatState(group)];
  if (view === 'members' && members.length > 0)
    parts.push(formatMembers(members));
  if (view === 'offsets' && partitions.length > 0)
    parts.push(formatPartitions(partitions));
  const failures = view === 'offsets' ? partitions.flatMap(failureOf) : [];
  if (failures.length > 0) parts.push(failures.join('\n'));
  return parts.join('\n\n');
}

function formatState(group: DescribedGroup): string {
  const { emptiedAt, members, partitions } = group;
  const lags = partitions.map(({ lag }) => lag ?? 0n);
  const ages = partitions.flatMap(({ lagMs }) => lagMs ?? []);
  const lag = lags.reduce((sum, each) => sum + each, 0n);
  const oldest = ages.length === 0 ? null : Math.max(...ages);
  const isKnown = partitions.every(isLagKnown);
  return formatFields([
    ['group', group.name],
    ['state', group.state],
    ['generation', group.generation],
    ['assignor', group.assignor ?? '-'],
    ['members', members.length],
    ...(emptiedAt ? ([['empty since', emptiedAt.toISOString()]] as const) : []),
    ['lag', `${lag}${isKnown ? '' : ' or more'}`],
    ['oldest unread', formatAge(oldest)],
  ]);
}

/** Where a group has committed nothing it may still have to read everything. */
function isLagKnown(partition: DescribedGroupPartition): boolean {
  const { error, lag, logStartOffset, logEndOffset } = partition;
  return !error && (lag !== null || logStartOffset === logEndOffset);
}

function formatPartitions(
  partitions: readonly DescribedGroupPartition[],
): string {
  return formatTable(
    [
      'topic',
      'partition',
      'committed',
      'log end',
      'lag',
      'oldest unread',
      'member',
      'client',
      'host',
    ],
    partitions.map((each) => [
      each.topic,
      each.partition,
      each.committedOffset ?? '-',
      each.logEndOffset ?? '?',
      each.lag ?? (each.error ? '?' : '-'),
      each.error ? '?' : formatAge(each.lagMs),
      each.owner?.memberId ?? '-',
      each.owner?.clientId ?? '-',
      each.owner?.host ?? '-',
    ]),
  );
}

function failureOf(partition: DescribedGroupPartition): string[] {
  const { topic, partition: index, error } = partition;
  return error ? [`${topic}-${index}: ${error.code}: ${error.message}`] : [];
}

function formatMembers(members: readonly DescribedMember[]): string {
  return formatTable(
    [
      'client',
      'member',
      'instance',
      'host',
      'is',
      'last heard of',
      'assignor',
      'subscribed to',
      'has',
      'gives up',
      'waits for',
    ],
    members.map((each) => [
      each.clientId,
      each.memberId,
      each.instanceId ?? '-',
      each.host,
      each.condition,
      formatAge(each.lastBeatMs),
      each.assignor,
      each.pattern ?? each.topics.join(','),
      namesOf(each.owned),
      namesOf(each.revoking),
      namesOf(each.awaiting),
    ]),
  );
}

/** Partitions by topic, as `--topic` takes them: `incidents:0,2 rooms:1`. */
export function namesOf(partitions: readonly PartitionName[]): string {
  const byTopic = Map.groupBy(partitions, ({ topic }) => topic);
  const names = [...byTopic].map(
    ([topic, some]) =>
      `${topic}:${some.map(({ partition }) => partition).join(',')}`,
  );
  return names.length === 0 ? '-' : names.join(' ');
}
