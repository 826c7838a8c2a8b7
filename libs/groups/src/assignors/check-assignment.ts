import { PostamtError } from '#kernel';
import type {
  AssignablePartition,
  AssignmentRequest,
  Assignor,
} from './assignor.js';

/** What an assignor answered. */
export type Assignment = ReturnType<Assignor['assign']>;

/**
 * Refuses an assignment that nobody may act on: one that gives a partition twice, to a member that is not in the group,
 * or to one that does not subscribe to its topic, or that gives one that does not exist. Partitions that it leaves out
 * are its assignor's business.
 *
 * @throws PostamtError INVALID_CONFIG: names the assignor, the member and the partition
 * @example
 * const assignment = assignor.assign(request);
 * checkAssignment(assignor.name, request, assignment);
 */
export function checkAssignment(
  assignor: string,
  request: AssignmentRequest,
  assignment: Assignment,
): void {
  const check = new AssignmentCheck(assignor, request);
  for (const [memberId, partitions] of assignment) {
    check.member(memberId, partitions);
  }
}

class AssignmentCheck {
  readonly #assignor: string;
  readonly #request: AssignmentRequest;
  readonly #topicsOf: ReadonlyMap<string, ReadonlySet<string>>;
  /** Who got each partition so far, by its id. */
  readonly #given = new Map<number, string>();

  constructor(assignor: string, request: AssignmentRequest) {
    this.#assignor = assignor;
    this.#request = request;
    this.#topicsOf = new Map(
      request.members.map((m) => [m.memberId, new Set(m.topics)]),
    );
  }

  member(memberId: string, partitions: readonly AssignablePartition[]): void {
    const topics = this.#topicsOf.get(memberId);
    if (!topics) {
      throw this.#refusal(`names ${memberId}, which is no member of the group`);
    }
    for (const partition of partitions) {
      this.#partition(memberId, topics, partition);
    }
  }

  #partition(
    memberId: string,
    topics: ReadonlySet<string>,
    partition: AssignablePartition,
  ): void {
    const name = `${partition.topic}-${partition.partition}`;
    const known = this.#request.topics.get(partition.topic);
    if (known?.[partition.partition]?.id !== partition.id) {
      throw this.#refusal(
        `gives ${name} (id ${partition.id}) to ${memberId}, but there is no such partition`,
      );
    }
    if (!topics.has(partition.topic)) {
      throw this.#refusal(
        `gives ${name} to ${memberId}, which does not subscribe to ${partition.topic}`,
      );
    }
    const other = this.#given.get(partition.id);
    if (other !== undefined) {
      throw this.#refusal(`gives ${name} to ${other} and to ${memberId}`);
    }
    this.#given.set(partition.id, memberId);
  }

  #refusal(what: string): PostamtError {
    return new PostamtError(
      'INVALID_CONFIG',
      `the assignor '${this.#assignor}' ${what}: correct its assign()`,
    );
  }
}
