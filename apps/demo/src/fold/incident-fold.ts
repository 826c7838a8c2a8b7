// What the board has to show, worked out from the rows alone: nothing of Postamt, and no database, is used here.
import type { IncidentRow } from '../input/incident-row.js';
import type { IncidentState } from './incident-state.js';

/** Folds rows, one after the other, into the state of every incident. */
export class IncidentFold {
  readonly #states = new Map<string, IncidentState>();
  #rows = 0;
  #closings = 0;

  /** Takes the next row. */
  add(row: IncidentRow): void {
    const before = this.#states.get(row.incidentId);
    this.#rows += 1;
    if (row.status === 'Completed' && row.subStatus === 'Closed')
      this.#closings += 1;
    this.#states.set(row.incidentId, {
      incidentId: row.incidentId,
      status: row.status,
      subStatus: row.subStatus,
      changes: (before?.changes ?? 0) + 1,
      lastSeq: row.seq,
      lastAt: row.at,
      spent: before ? spentAfter(before, row.at) : {},
    });
  }

  /** How many rows were taken. */
  get rows(): number {
    return this.#rows;
  }

  /** How many rows closed an incident. */
  get closings(): number {
    return this.#closings;
  }

  /** The states of all incidents. */
  states(): IncidentState[] {
    return [...this.#states.values()];
  }
}

function spentAfter(before: IncidentState, at: number): Record<string, number> {
  const spent = (before.spent[before.status] ?? 0) + at - before.lastAt;
  return { ...before.spent, [before.status]: spent };
}
