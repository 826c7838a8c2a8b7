/** A partition that a group reads. */
export interface AssignablePartition {
  /** The partition's number, unique in the database. */
  readonly id: number;
  readonly topic: string;
  /** Its index within the topic, from 0. */
  readonly partition: number;
}

/** A member of a group, as an assignor sees it. */
export interface AssignableMember {
  readonly memberId: string;
  /** The name of a static member (`group.instance.id`), which outlives its restarts; null = a dynamic member. */
  readonly instanceId: string | null;
  readonly clientId: string;
  /** The topics it subscribes to, as far as they exist. */
  readonly topics: readonly string[];
  /** What it is to have until now. */
  readonly owned: readonly AssignablePartition[];
}

/** What an assignor decides on: the members of a group, and the partitions of the topics that they subscribe to. */
export interface AssignmentRequest {
  readonly members: readonly AssignableMember[];
  /** Each topic's partitions, by index. */
  readonly topics: ReadonlyMap<string, readonly AssignablePartition[]>;
}

/**
 * Says which member of a group is to have which partitions (Kafka's ConsumerPartitionAssignor). It runs in whatever
 * process happens to do the coordinator's work, under the group's lock: it must be pure, quick and the same in each of
 * them. A member that the answer does not name has nothing, and a partition that it does not name is read by nobody.
 * An answer that gives a partition twice, to a stranger, or to a member that does not subscribe to its topic is refused
 * with INVALID_CONFIG.
 *
 * @example
 * // The first member has everything; the others stand by.
 * const failover: Assignor = {
 *   name: 'failover',
 *   assign({ members, topics }) {
 *     const [first] = members.toSorted(byMemberOrder);
 *     if (first === undefined) return new Map();
 *     const all = first.topics.flatMap((topic) => topics.get(topic) ?? []);
 *     return new Map([[first.memberId, all]]);
 *   },
 * };
 */
export interface Assignor {
  /** What the members of a group agree on, and what is shown to operators. */
  readonly name: string;
  /** The partitions of each member, by its id. */
  assign(
    request: AssignmentRequest,
  ): ReadonlyMap<string, readonly AssignablePartition[]>;
}
