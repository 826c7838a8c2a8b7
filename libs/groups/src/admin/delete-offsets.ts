import { PostamtError } from '#kernel';
import { Catalogue } from '#log';
import type { Database, EngineTx } from '#postgres';
import type { MemberState } from '../coordinate/group-state.js';
import { readOffsets } from '../sql/read-offsets.js';
import { namesOf, presentMembers, removeGoneMembers } from './group-members.js';
import {
  holdKnownGroup,
  requireLockable,
  type AdminOptions,
} from './held-group.js';
import {
  selectPartitions,
  type SelectedPartition,
  type TopicSelection,
} from './partition-selection.js';
import { deleteCommitted } from './sql/delete-offsets.js';
import { findPartitionsOfGroup } from './sql/hold-group.js';

export interface DeleteOffsetsRequest {
  readonly group: string;
  /** `all`: the partitions in which the group has committed something. */
  readonly topics: readonly TopicSelection[] | 'all';
}

/** What a group had committed in a partition. */
export interface DeletedOffset {
  readonly topic: string;
  readonly partition: number;
  /** Null where nothing was committed. */
  readonly before: bigint | null;
}

export interface DeletedOffsets {
  readonly group: string;
  /** By topic and index. */
  readonly partitions: readonly DeletedOffset[];
}

/**
 * Deletes what a group has committed in partitions, of all or, on any error, of none. It may have members, but none that
 * subscribes to the topic.
 *
 * @throws PostamtError GROUP_ID_NOT_FOUND; GROUP_SUBSCRIBED_TO_TOPIC; UNKNOWN_TOPIC_OR_PARTITION; INVALID_VALUE;
 * NOT_SUPPORTED for more than 1,000 partitions; TIMED_OUT where somebody who is no member works on a partition
 *
 * @example
 * await deleteOffsets(db, { group: 'board', topics: [{ topic: 'incidents', partitions: [0] }] });
 */
export async function deleteOffsets(
  db: Database,
  request: DeleteOffsetsRequest,
  options: AdminOptions = {},
): Promise<DeletedOffsets> {
  const { group } = request;
  const selected = await selectPartitions(db, new Catalogue(db), request);
  requireLockable(selected.length, 'deleting the offsets of');
  if (!options.dryRun) await removeGoneMembers(db, group);
  const partitions = await db.transaction((tx) =>
    deleteIn(tx, { group, selected }, options),
  );
  return { group, partitions };
}

async function deleteIn(
  tx: EngineTx,
  wanted: {
    readonly group: string;
    readonly selected: readonly SelectedPartition[];
  },
  options: AdminOptions,
): Promise<DeletedOffset[]> {
  const { group, selected } = wanted;
  const held = await holdKnownGroup(tx, group, options);
  const members = await presentMembers(tx, held.id);
  const joined = await tx.run(findPartitionsOfGroup, [
    held.id,
    selected.map(({ partitionId }) => partitionId),
  ]);
  const byPartition = new Map(joined.map((each) => [each.partitionId, each]));
  for (const { topic, partitionId } of selected) {
    const isTaken = byPartition.get(partitionId)?.isTaken ?? false;
    requireUnsubscribed({ group, topic }, members, isTaken);
  }
  const ids = joined.map(({ id }) => id);
  if (!options.dryRun) await tx.lock('groupPartition', ids);
  const committed = new Map(await tx.run(readOffsets, [ids]));
  if (!options.dryRun) await tx.run(deleteCommitted, [ids]);
  return selected.map(({ topic, partition, partitionId }) => {
    const id = byPartition.get(partitionId)?.id ?? -1;
    return { topic, partition, before: committed.get(id)?.offset ?? null };
  });
}

function requireUnsubscribed(
  { group, topic }: { readonly group: string; readonly topic: string },
  members: readonly MemberState[],
  isTaken: boolean,
): void {
  const subscribed = members.filter(
    ({ topics, pattern }) => topics.includes(topic) || pattern?.test(topic),
  );
  // What nobody subscribes to any more may be a member's still, for a moment.
  if (subscribed.length === 0 && (members.length === 0 || !isTaken)) return;
  const who = subscribed.length > 0 ? subscribed : members;
  throw new PostamtError(
    'GROUP_SUBSCRIBED_TO_TOPIC',
    `members of group ${group} (${namesOf(who)}) consume topic ${topic}: stop them, or have them unsubscribe, first`,
  );
}
