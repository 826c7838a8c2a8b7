import type { IncidentState } from '../fold/incident-state.js';

/** Where a board differs from what the rows fold to, in words; nothing when they are equal. */
export function differences(
  board: readonly IncidentState[],
  fold: readonly IncidentState[],
): string[] {
  const shown = new Map(board.map((state) => [state.incidentId, text(state)]));
  const wanted = new Map(fold.map((state) => [state.incidentId, text(state)]));
  const twice = board.length - shown.size;
  return [
    ...(twice > 0 ? [`${twice} incidents stand there twice`] : []),
    ...[...wanted].flatMap(([id, state]) =>
      shown.get(id) === state
        ? []
        : [`${id} is ${shown.get(id) ?? 'missing'}, and should be ${state}`],
    ),
    ...[...shown.keys()].flatMap((id) =>
      wanted.has(id) ? [] : [`${id} is in no row of the input`],
    ),
  ];
}

/** One text for equal states, whatever the order of their keys. */
function text(state: IncidentState): string {
  const spent = Object.entries(state.spent).sort(([a], [b]) =>
    a < b ? -1 : 1,
  );
  const { status, subStatus, changes, lastSeq, lastAt } = state;
  return JSON.stringify([status, subStatus, changes, lastSeq, lastAt, spent]);
}
