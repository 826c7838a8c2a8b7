import type {
  AssignablePartition,
  AssignmentRequest,
  Assignor,
} from './assignor.js';
import { subscribersOf } from './subscribers.js';

/**
 * Kafka's RangeAssignor: each topic by itself is cut into contiguous ranges, one for each member that subscribes to it,
 * in the members' order; the first ones get one partition more where it does not divide. Topics with equally many
 * partitions and the same subscribers are cut alike, so that partition 3 of both is read by one member (which is what
 * joins of two topics need). With many topics of few partitions the first members get more than the others.
 *
 * @example
 * // two members, topics a and b with three partitions each:
 * // first: a0 a1 b0 b1, second: a2 b2
 */
export const rangeAssignor: Assignor = { name: 'range', assign: assignRanges };

function assignRanges(
  request: AssignmentRequest,
): Map<string, readonly AssignablePartition[]> {
  const { members, topics } = subscribersOf(request);
  const shares = members.map((): AssignablePartition[] => []);
  for (const [topic, subscribers] of topics) {
    const partitions = request.topics.get(topic) ?? [];
    for (const [place, subscriber] of subscribers.entries()) {
      const range = rangeOf(partitions, place, subscribers.length);
      shares[subscriber]?.push(...range);
    }
  }
  return new Map(members.map((m, index) => [m.memberId, shares[index] ?? []]));
}

/** The range of the subscriber that stands at `place` among `count`. */
function rangeOf(
  partitions: readonly AssignablePartition[],
  place: number,
  count: number,
): readonly AssignablePartition[] {
  const each = Math.floor(partitions.length / count);
  const more = partitions.length % count;
  const startOf = (n: number): number => each * n + Math.min(n, more);
  return partitions.slice(startOf(place), startOf(place + 1));
}
