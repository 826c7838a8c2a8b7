import type { IncidentRow } from '../support/incident-row.js';

/** What is known of an incident after all its events. */
export interface IncidentState {
  readonly incident_id: string;
  readonly status: string;
  readonly sub_status: string;
  readonly changes: number;
  readonly last_seq: number;
  readonly last_at: number;
  /** Milliseconds spent in each status that was left again, by the status. */
  readonly spent: Readonly<Record<string, number>>;
}

/** The state of every incident, folded from the input itself; it uses nothing of Postamt. In the order of the ids. */
export function foldIncidents(rows: readonly IncidentRow[]): IncidentState[] {
  const states = new Map<string, IncidentState>();
  for (const row of rows) {
    const before = states.get(row.incidentId);
    states.set(row.incidentId, {
      incident_id: row.incidentId,
      status: row.status,
      sub_status: row.subStatus,
      changes: (before?.changes ?? 0) + 1,
      last_seq: row.seq,
      last_at: row.at,
      spent: before ? spentAfter(before, row.at) : {},
    });
  }
  return [...states.values()].sort((a, b) =>
    a.incident_id < b.incident_id ? -1 : 1,
  );
}

function spentAfter(before: IncidentState, at: number): Record<string, number> {
  const spent = (before.spent[before.status] ?? 0) + at - before.last_at;
  return { ...before.spent, [before.status]: spent };
}
