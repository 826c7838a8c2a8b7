import type { IncidentState } from '../fold/incident-state.js';

/** How many incidents ended in which `status / sub_status`, the most frequent first. */
export function finalStates(
  states: readonly IncidentState[],
): Record<string, number> {
  const counts = new Map<string, number>();
  for (const { status, subStatus } of states) {
    const name = `${status} / ${subStatus}`;
    counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  const sorted = [...counts].sort(
    ([a, m], [b, n]) => n - m || (a < b ? -1 : 1),
  );
  return Object.fromEntries(sorted);
}
