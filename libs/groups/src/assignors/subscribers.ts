import type { AssignableMember, AssignmentRequest } from './assignor.js';
import { byMemberOrder } from './member-order.js';

/** A group as assignors walk through it. */
export interface Subscribers {
  /** The members in their order. */
  readonly members: readonly AssignableMember[];
  /** The topics that somebody subscribes to, by name, each with its subscribers: indexes of `members`, rising. */
  readonly topics: ReadonlyMap<string, readonly number[]>;
}

/** Who subscribes to what, in orders that do not depend on the request's. Topics that do not exist are left out. */
export function subscribersOf(request: AssignmentRequest): Subscribers {
  const members = request.members.toSorted(byMemberOrder);
  const found = new Map<string, number[]>();
  for (const [index, member] of members.entries()) {
    for (const topic of new Set(member.topics)) {
      const subscribers = found.get(topic);
      if (subscribers) subscribers.push(index);
      else if (request.topics.has(topic)) found.set(topic, [index]);
    }
  }
  const names = [...found.keys()].sort();
  const topics = new Map(names.map((name) => [name, found.get(name) ?? []]));
  return { members, topics };
}
