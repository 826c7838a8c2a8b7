import { PostamtError } from '#kernel';
import { Catalogue } from '#log';
import type { Database, EngineTx } from '#postgres';
import { requireGroupName } from '../group-name.js';
import { commitOffsets } from '../offsets/commit-offsets.js';
import { readOffsets } from '../sql/read-offsets.js';
import {
  decideReset,
  type ResetLimit,
  type ResetTarget,
} from './decide-reset.js';
import { removeGoneMembers, requireEmpty } from './group-members.js';
import {
  holdOrAddGroup,
  requireLockable,
  type AdminOptions,
  type HeldGroup,
} from './held-group.js';
import {
  selectPartitions,
  type TopicSelection,
} from './partition-selection.js';
import { readResetPlaces, type LogPlace } from './read-reset-places.js';
import {
  addPartitionsOfGroup,
  findGroup,
  findPartitionsOfGroup,
} from './sql/hold-group.js';

export interface ResetRequest {
  readonly group: string;
  /** `all`: the partitions in which the group has committed something. */
  readonly topics: readonly TopicSelection[] | 'all';
  readonly to: ResetTarget;
}

/** What was done to a partition. */
export interface ResetPartition {
  readonly topic: string;
  readonly partition: number;
  /** Null where nothing was committed. */
  readonly before: bigint | null;
  readonly after: bigint;
  /** Not null where the log does not reach as far as what was asked for: it is its start or its end then. */
  readonly limitedTo: ResetLimit | null;
}

export interface ResetReport {
  readonly group: string;
  /** Whether there was no such group before. */
  readonly created: boolean;
  /** By topic and index. */
  readonly partitions: readonly ResetPartition[];
}

/**
 * Puts a group's committed offsets elsewhere, of all partitions or, on any error, of none. What lies outside of the log is
 * moved to its start or end, as in Kafka; the report says so. A group that is not there is made.
 *
 * @throws PostamtError NON_EMPTY_GROUP while it has members, also static ones that are away; UNKNOWN_TOPIC_OR_PARTITION;
 * INVALID_GROUP_ID; INVALID_VALUE; NOT_SUPPORTED for more than 1,000 partitions; TIMED_OUT where somebody who is no member
 * works on a partition; the error of a partition that cannot be read
 *
 * @example
 * await resetOffsets(db, { group: 'board', topics: [{ topic: 'incidents' }], to: { duration: 3_600_000 } });
 */
export async function resetOffsets(
  db: Database,
  request: ResetRequest,
  options: AdminOptions = {},
): Promise<ResetReport> {
  const { group, topics, to } = request;
  requireGroupName(group);
  checkTarget(to);
  const catalogue = new Catalogue(db);
  const selected = await selectPartitions(db, catalogue, { group, topics });
  requireLockable(selected.length, `resetting the offsets of`);
  const wanted = { selected, target: to };
  const places = await readResetPlaces(db, catalogue, wanted);
  if (options.dryRun) return db.transaction((tx) => plan(tx, request, places));
  await removeGoneMembers(db, group);
  return db.transaction((tx) => reset(tx, request, places));
}

async function plan(
  tx: EngineTx,
  { group, to }: ResetRequest,
  places: readonly LogPlace[],
): Promise<ResetReport> {
  const [id] = await tx.run(findGroup, [group]);
  const created = id === undefined;
  if (!created) await requireEmpty(tx, { id, name: group });
  const ids = created ? new Map() : await groupPartitions(tx, id, places);
  return { group, created, partitions: await decide(tx, to, { places, ids }) };
}

/** Group, then its partitions: the order of locks. */
async function reset(
  tx: EngineTx,
  { group, to }: ResetRequest,
  places: readonly LogPlace[],
): Promise<ResetReport> {
  const held = await holdOrAddGroup(tx, group);
  await requireEmpty(tx, held);
  const ids = await joinedPartitions(tx, held, places);
  await tx.lock('groupPartition', [...ids.values()]);
  const partitions = await decide(tx, to, { places, ids });
  await commitOffsets(
    tx,
    partitions.map(({ after }, n) => {
      const { partitionId } = places[n] as LogPlace;
      const id = ids.get(partitionId) as number;
      return { partition: { id, group, partitionId }, next: after };
    }),
  );
  const { created } = held;
  return { group, created, partitions };
}

/** The group partitions' ids by those of the log. */
type GroupPartitionIds = ReadonlyMap<number, number>;

async function joinedPartitions(
  tx: EngineTx,
  { id }: HeldGroup,
  places: readonly LogPlace[],
): Promise<GroupPartitionIds> {
  const partitionIds = places.map(({ partitionId }) => partitionId);
  await tx.run(addPartitionsOfGroup, [id, partitionIds]);
  return groupPartitions(tx, id, places);
}

async function groupPartitions(
  tx: EngineTx,
  groupId: number,
  places: readonly LogPlace[],
): Promise<GroupPartitionIds> {
  const partitionIds = places.map(({ partitionId }) => partitionId);
  const found = await tx.run(findPartitionsOfGroup, [groupId, partitionIds]);
  return new Map(found.map(({ partitionId, id }) => [partitionId, id]));
}

async function decide(
  tx: EngineTx,
  target: ResetTarget,
  known: {
    readonly places: readonly LogPlace[];
    readonly ids: GroupPartitionIds;
  },
): Promise<ResetPartition[]> {
  const { places, ids } = known;
  const committed = new Map(await tx.run(readOffsets, [[...ids.values()]]));
  return places.map((place) => {
    const id = ids.get(place.partitionId) ?? -1;
    const before = committed.get(id)?.offset ?? null;
    const { topic, partition } = place;
    const decision = decideReset({ ...place, before }, target);
    return { topic, partition, before, ...decision };
  });
}

function checkTarget(target: ResetTarget): void {
  if (typeof target === 'string' || !('duration' in target)) return;
  const { duration } = target;
  if (Number.isSafeInteger(duration) && duration >= 0) return;
  throw new PostamtError(
    'INVALID_VALUE',
    `a duration of ${duration} is not possible: give a whole number of milliseconds`,
  );
}
