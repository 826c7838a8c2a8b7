/**
 * The states of a group, as KIP-848 has them: `EMPTY`, it has no members; `ASSIGNING`, its members or topics changed and
 * nobody has said yet who is to have what; `RECONCILING`, partitions are on their way from one member to another;
 * `STABLE`, every partition is where it is to be.
 */
export const GROUP_STATES = [
  'EMPTY',
  'ASSIGNING',
  'RECONCILING',
  'STABLE',
] as const;

/** One of {@link GROUP_STATES}. */
export type GroupState = (typeof GROUP_STATES)[number];

/** What the state of a group is told from. */
export interface GroupCondition {
  readonly members: number;
  readonly generation: number;
  /** The generation that was assigned last. */
  readonly assignmentEpoch: number;
  /** Whether a partition has another owner than it is to have. */
  readonly isMoving: boolean;
}

/** The state of a group in that condition. */
export function groupStateOf(condition: GroupCondition): GroupState {
  const { members, generation, assignmentEpoch, isMoving } = condition;
  if (members === 0) return 'EMPTY';
  if (generation > assignmentEpoch) return 'ASSIGNING';
  return isMoving ? 'RECONCILING' : 'STABLE';
}
