import type { GroupHistory } from '../group-history.js';
import { checkCommits } from './check-commits.js';
import { checkDelivery } from './check-delivery.js';
import { checkOrder } from './check-order.js';
import { checkOwners } from './check-owners.js';
import { checkZombies } from './check-zombies.js';
import type { GroupViolation } from './group-violation.js';

/**
 * Holds what members saw and what the database wrote down against what stands in the topics: a partition has one owner
 * in a generation, and whoever it was taken from commits neither offset nor effect; each record is handled, where effects
 * are transactional just once, and before its offset is committed; in its order, but for a start from a committed offset;
 * offsets do not go back, nor past the end; members were told the truth; and nothing is left over. Empty = all rules hold.
 */
export function checkGroups(history: GroupHistory): GroupViolation[] {
  return [
    ...checkOwners(history),
    ...checkZombies(history),
    ...checkDelivery(history),
    ...checkOrder(history),
    ...checkCommits(history),
  ];
}
