import { PostamtError } from '#kernel';

/** Which of a group's members somebody is, where the members are fixed and known to each other. */
export interface StaticMember {
  /** From 0. */
  readonly index: number;
  /** How many members the group has. */
  readonly count: number;
}

/**
 * The partitions of a topic that belong to a member: every `count`-th one. Each partition belongs to exactly one member;
 * members beyond the number of partitions have none.
 *
 * @throws PostamtError INVALID_CONFIG
 */
export function staticSplit(
  partitionCount: number,
  member: StaticMember,
): number[] {
  const { index, count } = member;
  const sound = Number.isInteger(index) && Number.isInteger(count);
  if (!sound || index < 0 || index >= count) {
    throw new PostamtError(
      'INVALID_CONFIG',
      `member ${index} of ${count} is not possible: count members from 0 to ${count - 1}`,
    );
  }
  const partitions = Array.from({ length: partitionCount }, (_, n) => n);
  return partitions.filter((partition) => partition % count === index);
}
