import type { AssignableMember } from './assignor.js';

/**
 * The order in which assignors serve members, which is Kafka's (AbstractPartitionAssignor.MemberInfo): static members
 * first, by their instance ids, then the others by their member ids; both by UTF-16 code units. A static member thus
 * keeps its place although each restart gives it another member id.
 *
 * @example
 * const inOrder = request.members.toSorted(byMemberOrder);
 */
export function byMemberOrder(
  one: Pick<AssignableMember, 'memberId' | 'instanceId'>,
  other: Pick<AssignableMember, 'memberId' | 'instanceId'>,
): number {
  if (one.instanceId === null && other.instanceId === null) {
    return compare(one.memberId, other.memberId);
  }
  if (one.instanceId === null) return 1;
  if (other.instanceId === null) return -1;
  return compare(one.instanceId, other.instanceId);
}

function compare(one: string, other: string): number {
  if (one === other) return 0;
  return one < other ? -1 : 1;
}
