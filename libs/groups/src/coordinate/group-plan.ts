/** A partition of a group, as it is to stand. */
export interface PlannedPartition {
  readonly partitionId: number;
  /** Null where the group does not know it yet. */
  readonly id: number | null;
  readonly owner: number | null;
  readonly target: number | null;
  readonly epoch: number;
}

/** What a turn has to write. */
export interface GroupPlan {
  readonly generation: number;
  /** Less than the generation where nobody here knows the members' assignor. */
  readonly assignmentEpoch: number;
  readonly assignor: string | null;
  /** The numbers of members that are no more. */
  readonly removed: readonly number[];
  /** What changes, and nothing else. */
  readonly partitions: readonly PlannedPartition[];
  /** Something is left that the next turn can do at once: somebody could not be fenced yet. */
  readonly unfinished: boolean;
}
