import type {
  AssignablePartition,
  AssignmentRequest,
  Assignor,
} from './assignor.js';
import { subscribersOf } from './subscribers.js';

/**
 * Kafka's RoundRobinAssignor: all partitions of all topics, by name and index, are dealt to the members in turn; who does
 * not subscribe to the topic is passed over. Counts differ by at most one where all subscribe to the same topics; where
 * they do not, it can be far from balanced. A member that comes or goes moves almost everything.
 *
 * @example
 * // two members, topics a and b with three partitions each:
 * // first: a0 a2 b1, second: a1 b0 b2
 */
export const roundRobinAssignor: Assignor = {
  name: 'roundrobin',
  assign: dealInTurn,
};

function dealInTurn(
  request: AssignmentRequest,
): Map<string, readonly AssignablePartition[]> {
  const { members, topics } = subscribersOf(request);
  const shares = members.map((): AssignablePartition[] => []);
  let turn = 0;
  for (const [topic, subscribers] of topics) {
    for (const partition of request.topics.get(topic) ?? []) {
      const next = firstFrom(subscribers, turn);
      shares[next]?.push(partition);
      turn = (next + 1) % members.length;
    }
  }
  return new Map(members.map((m, index) => [m.memberId, shares[index] ?? []]));
}

/** The first of `subscribers` (rising, not empty) whose turn it is when it is `turn`'s, going around. */
function firstFrom(subscribers: readonly number[], turn: number): number {
  let low = 0;
  let high = subscribers.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((subscribers[middle] as number) < turn) low = middle + 1;
    else high = middle;
  }
  return subscribers[low % subscribers.length] as number;
}
