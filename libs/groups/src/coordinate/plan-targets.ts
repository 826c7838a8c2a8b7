import type { Assignor } from '../assignors/assignor.js';
import {
  askAssignor,
  type Before,
  type Subscriptions,
  type Targets,
} from './ask-assignor.js';
import type {
  GroupState,
  MemberState,
  SubscribedTopic,
} from './group-state.js';
import type { MembershipChanges } from './membership-changes.js';

/** The assignors that this process has. */
export interface KnownAssignors {
  readonly assignors: ReadonlyMap<string, Assignor>;
  /** Told when one failed: the targets stay then. */
  readonly onFailure?: (error: unknown) => void;
}

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
  options: KnownAssignors,
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
  if (changes.staying.length === 0)
    return { ...same, assignmentEpoch: generation };
  const assignor = chosenAssignor(changes.staying, options.assignors);
  if (!assignor) return same;
  try {
    const before = { kept, subscriptions };
    const targets = askAssignor(assignor, changes.staying, before);
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
  subscriptions: Subscriptions,
): Targets {
  // By topic: hundreds of members times thousands of partitions are millions.
  const subscribed = new Map<number, ReadonlySet<SubscribedTopic>>();
  for (const [member, topics] of subscriptions)
    subscribed.set(member, new Set(topics));
  const topicOf = new Map<number, SubscribedTopic>();
  for (const topic of state.topics)
    for (const partitionId of topic.partitionIds)
      topicOf.set(partitionId, topic);
  const kept = new Map<number, number>();
  for (const { partitionId, target } of state.partitions) {
    if (target === null) continue;
    const member = heirs.get(target) ?? target;
    const topic = topicOf.get(partitionId);
    if (topic && subscribed.get(member)?.has(topic))
      kept.set(partitionId, member);
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
  const topics = new Set([...subscriptions.values()].flat());
  const count = [...topics].reduce(
    (n, each) => n + each.partitionIds.length,
    0,
  );
  return count !== kept.size;
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
