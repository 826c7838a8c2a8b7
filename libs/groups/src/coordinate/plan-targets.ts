import type { AssignablePartition, Assignor } from '../assignors/assignor.js';
import { checkAssignment } from '../assignors/check-assignment.js';
import type {
  GroupState,
  MemberState,
  SubscribedTopic,
} from './group-state.js';
import type { MembershipChanges, ReconcileOptions } from './reconcile.js';

/** By the partition's id: the number of the member that is to have it. Nobody's are not among them. */
export type Targets = ReadonlyMap<number, number>;

/** Who is to have what, and in which generation that was decided. */
export interface TargetPlan {
  readonly targets: Targets;
  readonly generation: number;
  readonly assignmentEpoch: number;
  readonly assignor: string | null;
}

/** Makes new targets where members, subscriptions or partitions have changed; otherwise they stay. */
export function planTargets(
  state: GroupState,
  changes: MembershipChanges,
  options: ReconcileOptions,
): TargetPlan {
  const subscriptions = new Map(
    changes.staying.map((member) => [
      member.number,
      subscribedBy(member, state.topics),
    ]),
  );
  const kept = keptTargets(state, changes, subscriptions);
  const changed = hasChanged(state, changes, { kept, subscriptions });
  const generation = state.generation + (changed ? 1 : 0);
  const wanted = state.assignmentEpoch < state.generation || changed;
  const same = {
    targets: kept,
    generation,
    assignmentEpoch: state.assignmentEpoch,
    assignor: state.assignor,
  };
  if (!wanted) return same;
  const assignor = chosenAssignor(changes.staying, options.assignors);
  if (changes.staying.length === 0)
    return { ...same, targets: new Map(), assignmentEpoch: generation };
  if (!assignor) return same;
  try {
    const targets = assign(assignor, changes.staying, { kept, subscriptions });
    return {
      targets,
      generation,
      assignmentEpoch: generation,
      assignor: assignor.name,
    };
  } catch (error) {
    options.onFailure?.(error);
    return same;
  }
}

interface Before {
  readonly kept: Targets;
  readonly subscriptions: ReadonlyMap<number, readonly SubscribedTopic[]>;
}

function subscribedBy(
  { topics, pattern }: MemberState,
  known: readonly SubscribedTopic[],
): SubscribedTopic[] {
  const names = new Set(topics);
  return known.filter(({ name }) => names.has(name) || pattern?.test(name));
}

/** The targets of before, as far as they are there and subscribed still; an heir has those of the member it replaced. */
function keptTargets(
  state: GroupState,
  { heirs }: MembershipChanges,
  subscriptions: Before['subscriptions'],
): Targets {
  const subscribed = new Map<number, ReadonlySet<number>>();
  for (const [member, topics] of subscriptions)
    subscribed.set(
      member,
      new Set(topics.flatMap(({ partitionIds }) => partitionIds)),
    );
  const kept = new Map<number, number>();
  for (const { partitionId, target } of state.partitions) {
    if (target === null) continue;
    const member = heirs.get(target) ?? target;
    if (subscribed.get(member)?.has(partitionId)) kept.set(partitionId, member);
  }
  return kept;
}

/** Members that left or were replaced, and partitions that came or went, begin a generation; who joins has begun one. */
function hasChanged(
  state: GroupState,
  changes: MembershipChanges,
  { kept, subscriptions }: Before,
): boolean {
  const targeted = state.partitions.filter(({ target }) => target !== null);
  if (
    targeted.some(({ partitionId, target }) => kept.get(partitionId) !== target)
  )
    return true;
  if (changes.removed.length > 0) return true;
  if (state.catalogue === state.currentCatalogue) return false;
  const wanted = new Set(
    [...subscriptions.values()].flatMap((topics) =>
      topics.flatMap(({ partitionIds }) => partitionIds),
    ),
  );
  return wanted.size !== kept.size;
}

/** The assignor that most members ask for; undefined where this process does not know it. */
function chosenAssignor(
  members: readonly MemberState[],
  known: ReadonlyMap<string, Assignor>,
): Assignor | undefined {
  const votes = new Map<string, number>();
  for (const { assignor } of members)
    votes.set(assignor, (votes.get(assignor) ?? 0) + 1);
  const [most] = [...votes].sort(([a, n], [b, m]) => m - n || (a < b ? -1 : 1));
  return most && known.get(most[0]);
}

function assign(
  assignor: Assignor,
  members: readonly MemberState[],
  { kept, subscriptions }: Before,
): Targets {
  const topics = new Map<string, readonly AssignablePartition[]>();
  const places = new Map<number, AssignablePartition>();
  for (const { name, partitionIds } of [...subscriptions.values()].flat()) {
    if (topics.has(name)) continue;
    const partitions = partitionIds.map((id, partition) => ({
      id,
      topic: name,
      partition,
    }));
    topics.set(name, partitions);
    for (const partition of partitions) places.set(partition.id, partition);
  }
  const owned = new Map<number, AssignablePartition[]>();
  for (const [partitionId, member] of kept) {
    const list = owned.get(member) ?? [];
    list.push(places.get(partitionId) as AssignablePartition);
    owned.set(member, list);
  }
  const request = {
    members: members.map((member) => ({
      memberId: member.memberId,
      instanceId: member.instanceId,
      clientId: member.clientId,
      topics: (subscriptions.get(member.number) ?? []).map(({ name }) => name),
      owned: owned.get(member.number) ?? [],
    })),
    topics,
  };
  const assigned = assignor.assign(request);
  checkAssignment(assignor.name, request, assigned);
  const numbers = new Map(members.map((each) => [each.memberId, each.number]));
  const targets = new Map<number, number>();
  for (const [memberId, partitions] of assigned)
    for (const { id } of partitions)
      targets.set(id, numbers.get(memberId) as number);
  return targets;
}
