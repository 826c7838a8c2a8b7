import type {
  AssignablePartition,
  AssignmentRequest,
  Assignor,
} from './assignor.js';
import { balanceShares } from './sticky/balance-shares.js';
import { dealPool } from './sticky/deal-pool.js';
import { fillShares } from './sticky/fill-shares.js';
import { ownersOf } from './sticky/owners.js';
import { poolsOf } from './sticky/pool.js';
import { Shares } from './sticky/shares.js';
import { undoNeedlessMoves } from './sticky/undo-needless-moves.js';
import { subscribersOf } from './subscribers.js';

/**
 * The default: balanced, and among all that are balanced the one that moves the fewest partitions (Kafka's
 * StickyAssignor, exact where that one is greedy). In this order:
 *
 * 1. **Balanced**: the sum of the squares of the members' counts is the least there is. Where all subscribe to the same
 *    topics, counts differ by at most one; where they do not, no partition could go to a subscriber that has two or more
 *    fewer, not even by way of others.
 * 2. **Sticky**: as many partitions as possible stay with the member that has them.
 * 3. **Spread**: what moves or is new is chosen and dealt so that a member has partitions of many topics instead of many
 *    of one.
 *
 * The same request gives the same answer, in whatever order its members and topics stand. A partition that two members
 * claim is the first one's; claims to what is gone or no longer subscribed to are ignored.
 *
 * Measured with 10,000 partitions of 100 topics and 500 members, which subscribe to all, to random halves or to a few:
 * 5 to 30 ms when one member comes or goes, at most 220 ms when everything is dealt anew.
 *
 * @example
 * // first has a0 a1 a2, second has b0 b1 b2, and a third one joins:
 * // first: a0 a1, second: b0 b1, third: a2 b2
 */
export const stickyAssignor: Assignor = { name: 'sticky', assign };

function assign(
  request: AssignmentRequest,
): Map<string, readonly AssignablePartition[]> {
  const { members, topics } = subscribersOf(request);
  const pools = poolsOf(topics, request.topics);
  const owners = ownersOf(members, pools);
  const shares = new Shares(members.length, pools, owners);
  fillShares(shares);
  balanceShares(shares);
  undoNeedlessMoves(shares);
  const hands = members.map((): AssignablePartition[] => []);
  for (const pool of pools.keys()) dealPool({ shares, pool, owners, hands });
  return new Map(
    members.map((m, n) => [m.memberId, (hands[n] ?? []).sort(byTopic)]),
  );
}

function byTopic(one: AssignablePartition, other: AssignablePartition): number {
  if (one.topic !== other.topic) return one.topic < other.topic ? -1 : 1;
  return one.partition - other.partition;
}
