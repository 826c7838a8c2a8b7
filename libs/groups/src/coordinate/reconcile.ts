import type { Assignor } from '../assignors/assignor.js';
import type { GroupPlan, PlannedPartition } from './group-plan.js';
import type { GroupState, MemberState } from './group-state.js';
import type { Targets } from './ask-assignor.js';
import { planTargets } from './plan-targets.js';
import { replacements } from './whom-to-fence.js';

/** What a decision about a group needs beside its state. */
export interface ReconcileOptions {
  /** Members of {@link whomToFence} of whom no transaction is open any more, nor can commit. */
  readonly fenced: ReadonlySet<number>;
  /** Those that this process knows, by name. */
  readonly assignors: ReadonlyMap<string, Assignor>;
  /** Told when an assignor failed: the targets stay then. */
  readonly onFailure?: (error: unknown) => void;
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
    away: changes.away,
    partitions: changedOf(state, partitions),
    unfinished: isUnfinished(state, partitions, changes, options.fenced),
  };
}

/** What becomes of the members. */
export interface MembershipChanges {
  readonly removed: readonly number[];
  readonly away: readonly number[];
  readonly staying: readonly MemberState[];
  /** From the number of a static member that was replaced to the one that stands for it now. */
  readonly heirs: ReadonlyMap<number, number>;
  /** Members that are on their way out, but whose transactions are not over yet. */
  readonly condemned: ReadonlySet<number>;
}

function membershipChanges(
  state: GroupState,
  fenced: ReadonlySet<number>,
): MembershipChanges {
  const heirs = replacements(state.members);
  const leaving = state.members.filter(
    ({ number, condition }) =>
      condition === 'gone' || condition === 'overdue' || heirs.has(number),
  );
  const condemned = new Set(leaving.map(({ number }) => number));
  return {
    removed: [...condemned].filter((number) => fenced.has(number)),
    away: state.members
      .filter(
        ({ number, condition }) =>
          condition === 'absent' && !condemned.has(number),
      )
      .map(({ number }) => number),
    staying: state.members.filter(({ number }) => !condemned.has(number)),
    heirs,
    condemned,
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
    plan.generation === state.generation &&
    plan.assignmentEpoch === state.assignmentEpoch &&
    state.catalogue === state.currentCatalogue &&
    plan.removed.length === 0 &&
    plan.away.length === 0 &&
    plan.partitions.length === 0
  );
}
