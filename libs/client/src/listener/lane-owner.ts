import { PostamtError } from '#kernel';
import {
  committedOffset,
  joinPartitions,
  staticSplit,
  type StaticMember,
} from '#groups';
import { describeTopic, type DescribedPartition } from '#log';
import type { Database } from '#postgres';
import { Lane } from './lane.js';
import type { OffsetReset } from './listener-options.js';

/** Whose lanes are to be opened. */
export interface LaneOwner {
  readonly db: Database;
  readonly topic: string;
  readonly group: string;
  readonly member: StaticMember;
  readonly autoOffsetReset: OffsetReset;
}

/** Opens a lane for each partition of the topic that belongs to the member, where its group has stopped. */
export async function openLanes(owner: LaneOwner): Promise<Lane[]> {
  const { db, group } = owner;
  const topic = await describeTopic(db, owner.topic);
  const own = staticSplit(topic.partitions.length, owner.member).map(
    (index) => topic.partitions[index] as DescribedPartition,
  );
  const joined = await joinPartitions(
    db,
    group,
    own.map((partition) => partition.id),
  );
  const lanes: Lane[] = [];
  for (const partition of joined) {
    const described = own.find(
      ({ id }) => id === partition.partitionId,
    ) as DescribedPartition;
    const committed = (await committedOffset(db, partition)) ?? null;
    const position = committed ?? startOffset(owner, described);
    lanes.push(
      new Lane({ partition, index: described.index, committed, position }),
    );
  }
  return lanes;
}

/** Sets a lane back to what its group has committed, read under the partition's lock. */
export async function reopenLane(owner: LaneOwner, lane: Lane): Promise<void> {
  const committed = (await committedOffset(owner.db, lane.partition)) ?? null;
  lane.restart(committed, committed ?? (await resetOffset(owner, lane)));
}

/** Sets a lane whose offset the log has no more to where `auto.offset.reset` says. */
export async function resetLane(owner: LaneOwner, lane: Lane): Promise<void> {
  lane.restart(lane.committed, await resetOffset(owner, lane));
}

async function resetOffset(owner: LaneOwner, lane: Lane): Promise<bigint> {
  const topic = await describeTopic(owner.db, owner.topic);
  return startOffset(owner, topic.partitions[lane.index] as DescribedPartition);
}

function startOffset(owner: LaneOwner, partition: DescribedPartition): bigint {
  if (owner.autoOffsetReset === 'earliest') return partition.logStartOffset;
  if (owner.autoOffsetReset === 'latest') return partition.logEndOffset;
  throw new PostamtError(
    'OFFSET_OUT_OF_RANGE',
    `group ${owner.group} has no offset of ${owner.topic}-${partition.index} that the log has, and autoOffsetReset is none`,
  );
}
