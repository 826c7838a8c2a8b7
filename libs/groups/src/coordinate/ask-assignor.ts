import type {
  AssignablePartition,
  AssignmentRequest,
  Assignor,
} from '../assignors/assignor.js';
import { checkAssignment } from '../assignors/check-assignment.js';
import type { MemberState, SubscribedTopic } from './group-state.js';

/** By the partition's id: the number of the member that is to have it. Nobody's are not among them. */
export type Targets = ReadonlyMap<number, number>;

/** By the member's number: the topics that it subscribes to and that exist. */
export type Subscriptions = ReadonlyMap<number, readonly SubscribedTopic[]>;

/** What an assignor starts from. */
export interface Before {
  readonly kept: Targets;
  readonly subscriptions: Subscriptions;
}

/**
 * Asks an assignor who is to have what.
 *
 * @throws PostamtError INVALID_CONFIG where its answer is impossible; whatever a user's own assignor throws
 */
export function askAssignor(
  assignor: Assignor,
  members: readonly MemberState[],
  before: Before,
): Targets {
  const request = requestOf(members, before);
  const assigned = assignor.assign(request);
  checkAssignment(assignor.name, request, assigned);
  const numbers = new Map(members.map((each) => [each.memberId, each.number]));
  const targets = new Map<number, number>();
  for (const [memberId, partitions] of assigned)
    for (const { id } of partitions)
      targets.set(id, numbers.get(memberId) as number);
  return targets;
}

function requestOf(
  members: readonly MemberState[],
  { kept, subscriptions }: Before,
): AssignmentRequest {
  const topics = assignableTopics(subscriptions);
  const owned = ownedBy(kept, topics);
  return {
    members: members.map(({ number, memberId, instanceId, clientId }) => ({
      memberId,
      instanceId,
      clientId,
      topics: (subscriptions.get(number) ?? []).map(({ name }) => name),
      owned: owned.get(number) ?? [],
    })),
    topics,
  };
}

function assignableTopics(
  subscriptions: Subscriptions,
): Map<string, AssignablePartition[]> {
  const topics = new Map<string, AssignablePartition[]>();
  for (const { name, partitionIds } of [...subscriptions.values()].flat())
    if (!topics.has(name))
      topics.set(
        name,
        partitionIds.map((id, partition) => ({ id, topic: name, partition })),
      );
  return topics;
}

function ownedBy(
  kept: Targets,
  topics: ReadonlyMap<string, readonly AssignablePartition[]>,
): ReadonlyMap<number, AssignablePartition[]> {
  const owned = new Map<number, AssignablePartition[]>();
  for (const partition of [...topics.values()].flat()) {
    const member = kept.get(partition.id);
    if (member === undefined) continue;
    const list = owned.get(member) ?? [];
    list.push(partition);
    owned.set(member, list);
  }
  return owned;
}
