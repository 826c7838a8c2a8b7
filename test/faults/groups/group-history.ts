/** One partition of a topic as one group sees it: what has an owner, and an order. */
export interface Lane {
  readonly group: string;
  readonly topic: string;
  /** The partition's index in the topic. */
  readonly partition: number;
}

/** A record as a member was given it. */
export interface GivenRecord {
  readonly offset: bigint;
  readonly key: string | null;
  /** The id in its header. */
  readonly id: string;
}

/** A member begins to handle records; without the line that ends it, nobody knows how far it came. */
export interface WorkBegun extends Lane {
  readonly kind: 'begun';
  /** Milliseconds since 1970; the processes of a run and their server share one clock. */
  readonly at: number;
  /** The client id of the member. */
  readonly who: string;
  /** A number of the process's own. */
  readonly work: number;
  /** What follows in its order: all records of a partition, or those of one key. */
  readonly ordering: 'partition' | 'key';
  readonly records: readonly GivenRecord[];
}

/** The handler is through with it; nothing of it is committed yet. */
export interface WorkEnded {
  readonly kind: 'ended';
  readonly at: number;
  readonly who: string;
  readonly work: number;
}

/** What a member was told of a commit that it asked for. */
export interface CommitTold {
  readonly kind: 'told';
  readonly at: number;
  readonly who: string;
  /** The metadata of the commit, unique to it. */
  readonly mark: string;
  readonly outcome: 'committed' | 'refused' | 'unknown';
  /** The code of the error, for whoever reads the history. */
  readonly error?: string;
}

/** What else happened to a member, for whoever reads the history. */
export interface MemberNote {
  readonly kind: 'note';
  readonly at: number;
  readonly who: string;
  readonly what: string;
}

export type MemberEvent = WorkBegun | WorkEnded | CommitTold | MemberNote;

/** What the database itself wrote down. Numbers are drawn from one sequence, while whatever orders them is locked. */
export interface Numbered {
  readonly number: number;
  /** Milliseconds since 1970, before its transaction was committed. */
  readonly at: number;
}

/** A committed offset. */
export interface CommitEntry extends Numbered, Lane {
  /** The generation of the committer's. */
  readonly epoch: number;
  readonly next: bigint;
  readonly mark: string;
  /** The transaction that it was committed in. */
  readonly transaction: string;
}

/** A partition got an owner, or has none any more. */
export interface OwnerEntry extends Numbered, Lane {
  /** The number of the member. */
  readonly owner: number | null;
  readonly epoch: number;
}

/** A member came, or is gone for good. */
export interface MemberEntry extends Numbered {
  readonly kind: 'joined' | 'removed';
  readonly group: string;
  readonly member: number;
  readonly who: string;
  readonly isStatic: boolean;
}

/** The effect of a record, in the transaction of its offset. */
export interface EffectEntry extends Numbered, Lane {
  readonly offset: bigint;
  readonly id: string;
  readonly who: string;
  readonly transaction: string;
}

/** A record as it stands in its topic. */
export interface StoredRecord extends GivenRecord {
  readonly topic: string;
  readonly partition: number;
}

/** A group of a run. */
export interface PlayedGroup {
  readonly group: string;
  /** What somebody in it reads all the time. */
  readonly topics: readonly string[];
  /** Whether its effects are in the transactions of their offsets. */
  readonly exact: boolean;
}

/** All that is left of a run, once everything was consumed. */
export interface GroupHistory {
  readonly groups: readonly PlayedGroup[];
  readonly told: readonly MemberEvent[];
  /** Each of these in the order of their numbers. */
  readonly commits: readonly CommitEntry[];
  readonly owners: readonly OwnerEntry[];
  readonly members: readonly MemberEntry[];
  readonly effects: readonly EffectEntry[];
  readonly log: readonly StoredRecord[];
}

/** A lane as a key of maps and a name in messages. */
export function laneOf({ group, topic, partition }: Lane): string {
  return `${group}/${topic}-${partition}`;
}
