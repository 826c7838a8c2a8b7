import type { GroupState, MemberState } from './group-state.js';

/**
 * The members whose transactions have to be over before anything of theirs is given to others: those that are to be
 * removed, and static ones that are not there to give up what they are asked for.
 */
export function whomToFence(state: GroupState): MemberState[] {
  const replaced = replacements(state.members);
  const asked = new Set(
    state.partitions
      .filter(({ owner, target }) => owner !== null && owner !== target)
      .map(({ owner }) => owner),
  );
  return state.members.filter(
    ({ number, condition }) =>
      condition === 'gone' ||
      condition === 'overdue' ||
      replaced.has(number) ||
      (condition !== 'here' && asked.has(number)),
  );
}

/** Static members that came back under another number: from the old number to the new one. */
export function replacements(
  members: readonly MemberState[],
): ReadonlyMap<number, number> {
  const latest = new Map<string, number>();
  for (const { instanceId, number } of members)
    if (instanceId !== null)
      latest.set(instanceId, Math.max(number, latest.get(instanceId) ?? 0));
  const replaced = new Map<number, number>();
  for (const { instanceId, number } of members) {
    const heir = instanceId === null ? undefined : latest.get(instanceId);
    if (heir !== undefined && heir !== number) replaced.set(number, heir);
  }
  return replaced;
}
