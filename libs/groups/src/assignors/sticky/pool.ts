import type { AssignablePartition, AssignmentRequest } from '../assignor.js';

/**
 * The partitions of all topics that the same members subscribe to. To whom they go is decided for pools: within one, any
 * partition is as good as another. A group whose members all subscribe to the same has one pool.
 */
export interface Pool {
  /** Its subscribers: indexes of members, rising. */
  readonly members: readonly number[];
  /** The partitions, by topic. */
  readonly topics: readonly (readonly AssignablePartition[])[];
  /** How many partitions those are. */
  readonly size: number;
}

/** The pools of a group, from the topics' subscribers and partitions. */
export function poolsOf(
  subscribers: ReadonlyMap<string, readonly number[]>,
  partitions: AssignmentRequest['topics'],
): readonly Pool[] {
  const namesOf = new Map<string, string[]>();
  for (const [topic, members] of subscribers) {
    const key = members.join();
    const names = namesOf.get(key);
    if (names) names.push(topic);
    else namesOf.set(key, [topic]);
  }
  return [...namesOf.values()].map((names): Pool => {
    const members = subscribers.get(names[0] ?? '') ?? [];
    const topics = names.map((name) => partitions.get(name) ?? []);
    const size = topics.reduce((sum, { length }) => sum + length, 0);
    return { members, topics, size };
  });
}
