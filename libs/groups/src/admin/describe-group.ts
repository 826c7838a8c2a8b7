import { bind, type Database } from '#postgres';
import type {
  MemberCondition,
  MemberState,
} from '../coordinate/group-state.js';
import { readMembers } from '../sql/read-members.js';
import { groupNotFound } from './group-errors.js';
import { groupStateOf } from './group-state.js';
import type {
  DescribedGroup,
  DescribedGroupPartition,
  DescribedMember,
} from './described-group.js';
import { readLags, type Lag } from './read-lags.js';
import {
  readGroup,
  readGroupMembers,
  readPartitionsOfGroup,
  type MemberRow,
  type PartitionRow,
} from './sql/describe-group.js';

/**
 * A group: its state, its members, and how far it is in each partition, in records and in time. For any number of
 * partitions it takes a handful of statements.
 *
 * @throws PostamtError GROUP_ID_NOT_FOUND; POSTGRES_UNAVAILABLE. A partition whose offsets cannot be read says so itself.
 *
 * @example
 * const { partitions } = await describeGroup(db, 'board');
 * const oldestMs = Math.max(0, ...partitions.map(({ lagMs }) => lagMs ?? 0));
 */
export async function describeGroup(
  db: Database,
  name: string,
): Promise<DescribedGroup> {
  const { group, members, rows } = await readAll(db, name);
  const lags = await readLags(db, rows, group.now);
  const byNumber = new Map(members.map((member) => [member.number, member]));
  const isMoving = rows.some(({ owner, target }) => owner !== target);
  const { generation, assignmentEpoch, assignor, emptiedAt } = group;
  const condition = { generation, assignmentEpoch, isMoving };
  return {
    name,
    state: groupStateOf({ ...condition, members: members.length }),
    generation,
    assignor,
    emptiedAt,
    members: members.map((member) => memberOf(member, rows)),
    partitions: rows.map((row, n) =>
      partitionOf(row, lags[n] as Lag, byNumber),
    ),
  };
}

type Member = MemberRow & { readonly condition: MemberCondition };

async function readAll(db: Database, name: string) {
  return db.transaction(async (tx) => {
    const [group] = await tx.run(readGroup, [name]);
    if (!group) throw groupNotFound(name);
    const [members = [], states = [], rows = []] = await tx.send([
      bind(readGroupMembers, [group.id]),
      bind(readMembers, [group.id, null]),
      bind(readPartitionsOfGroup, [name]),
    ]);
    return {
      group,
      members: withConditions(
        members.map(readGroupMembers.mapRow),
        states.map(readMembers.mapRow),
      ),
      rows: rows.map(readPartitionsOfGroup.mapRow),
    };
  });
}

/** The members of which it is known how they are: all but one that joined or left just now. */
function withConditions(
  members: readonly MemberRow[],
  states: readonly MemberState[],
): Member[] {
  const byNumber = new Map(states.map((state) => [state.number, state]));
  return members.flatMap((member) => {
    const condition = byNumber.get(member.number)?.condition;
    return condition ? [{ ...member, condition }] : [];
  });
}

function memberOf(
  member: Member,
  rows: readonly PartitionRow[],
): DescribedMember {
  const { number, patternFlags, ...shown } = member;
  const owned = rows.filter(({ owner }) => owner === number);
  const revoking = owned.filter(({ target }) => target !== number);
  const awaiting = rows.filter(
    ({ owner, target }) => target === number && owner !== number,
  );
  return {
    ...shown,
    pattern:
      shown.pattern === null ? null : `/${shown.pattern}/${patternFlags}`,
    owned: owned.map(nameOf),
    revoking: revoking.map(nameOf),
    awaiting: awaiting.map(nameOf),
  };
}

function nameOf({ topic, partition }: PartitionRow) {
  return { topic, partition };
}

function partitionOf(
  row: PartitionRow,
  lag: Lag,
  members: ReadonlyMap<number, MemberRow>,
): DescribedGroupPartition {
  const { committed } = row;
  const owner = row.owner === null ? undefined : members.get(row.owner);
  return {
    ...nameOf(row),
    committedOffset: committed?.offset ?? null,
    committedGeneration: committed?.epoch ?? null,
    leaderEpoch: committed?.leaderEpoch ?? null,
    metadata: committed?.metadata ?? '',
    committedAt: committed?.committedAt ?? null,
    ...lag,
    owner: owner ? ownerOf(owner) : null,
  };
}

function ownerOf({ memberId, instanceId, clientId, host }: MemberRow) {
  return { memberId, instanceId, clientId, host };
}
