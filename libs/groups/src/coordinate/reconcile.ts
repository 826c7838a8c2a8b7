import type { GroupPlan, PlannedPartition } from './group-plan.js';
import type { GroupState } from './group-state.js';
import type { Targets } from './ask-assignor.js';
import {
  membershipChanges,
  type MembershipChanges,
} from './membership-changes.js';
import { planTargets, type KnownAssignors } from './plan-targets.js';

/** What a decision about a group needs beside its state. */
export interface ReconcileOptions extends KnownAssignors {
  /** Members of `whomToFence` of whom no transaction is open any more, nor can commit. */
  readonly fenced: ReadonlySet<number>;
}

/**
 * Decides how a group goes on, without I/O: who is removed, which generation it is, who is to have which partition, and
 * who has it. A partition gets a new owner only where the old one has given it up or was fenced; whoever keeps a
 * partition is not disturbed.
 */
export function reconcile(
  state: GroupState,
  options: ReconcileOptions,
): GroupPlan {
  const changes = membershipChanges(state, options.fenced);
  const { targets, ...assignment } = planTargets(state, changes, options);
  const partitions = planPartitions(state, targets, {
    free: new Set([...changes.removed, ...options.fenced]),
    generation: assignment.generation,
  });
  return {
    ...assignment,
    removed: changes.removed,
    partitions: changedOf(state, partitions),
    unfinished: isUnfinished(state, partitions, changes, options.fenced),
  };
}

function planPartitions(
  state: GroupState,
  targets: Targets,
  { free, generation }: { free: ReadonlySet<number>; generation: number },
): PlannedPartition[] {
  const known = new Map(
    state.partitions.map((partition) => [partition.partitionId, partition]),
  );
  const ids = new Set([...known.keys(), ...targets.keys()]);
  return [...ids].map((partitionId) => {
    const before = known.get(partitionId);
    const target = targets.get(partitionId) ?? null;
    const held = before?.owner ?? null;
    const isFree = held === null || (held !== target && free.has(held));
    const owner = isFree ? target : held;
    const stays = owner === null || owner === held;
    const epoch = stays ? (before?.epoch ?? 0) : generation;
    return { partitionId, id: before?.id ?? null, owner, target, epoch };
  });
}

function changedOf(
  state: GroupState,
  planned: readonly PlannedPartition[],
): PlannedPartition[] {
  const known = new Map(state.partitions.map((each) => [each.id, each]));
  return planned.filter(({ id, owner, target, epoch }) => {
    const before = id === null ? undefined : known.get(id);
    if (!before) return target !== null;
    return (
      before.owner !== owner ||
      before.target !== target ||
      before.epoch !== epoch
    );
  });
}

function isUnfinished(
  state: GroupState,
  partitions: readonly PlannedPartition[],
  changes: MembershipChanges,
  fenced: ReadonlySet<number>,
): boolean {
  if (changes.condemned.size > changes.removed.length) return true;
  const elsewhere = new Set(
    state.members
      .filter(({ condition }) => condition !== 'here')
      .map(({ number }) => number),
  );
  return partitions.some(
    ({ owner, target }) =>
      owner !== null &&
      owner !== target &&
      elsewhere.has(owner) &&
      !fenced.has(owner),
  );
}

/** Whether anything is to be written at all. */
export function isIdle(state: GroupState, plan: GroupPlan): boolean {
  return (
    isUnconcerned(state, plan) && state.catalogue === state.currentCatalogue
  );
}

/** Whether the group stays as it is, whatever has become of topics: then nobody has to be told. */
export function isUnconcerned(state: GroupState, plan: GroupPlan): boolean {
  return (
    plan.generation === state.generation &&
    plan.assignmentEpoch === state.assignmentEpoch &&
    plan.removed.length === 0 &&
    plan.partitions.length === 0
  );
}
