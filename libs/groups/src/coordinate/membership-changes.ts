import type { GroupState, MemberState } from './group-state.js';
import { replacements } from './whom-to-fence.js';

/** What becomes of the members. */
export interface MembershipChanges {
  readonly removed: readonly number[];
  readonly staying: readonly MemberState[];
  /** From the number of a static member that was replaced to the one that stands for it now. */
  readonly heirs: ReadonlyMap<number, number>;
  /** Members that are on their way out, whether their transactions are over or not. */
  readonly condemned: ReadonlySet<number>;
}

/** Decides who stays, and who is no more. */
export function membershipChanges(
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
    staying: state.members.filter(({ number }) => !condemned.has(number)),
    heirs,
    condemned,
  };
}
