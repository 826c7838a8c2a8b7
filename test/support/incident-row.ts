/** One event of one incident, as the columns of the incident log have it; null = unknown. */
export interface IncidentRow {
  readonly incidentId: string;
  /** From 0 within its incident, without gap. */
  readonly seq: number;
  /** Milliseconds since 1970; never runs against `seq`. */
  readonly at: number;
  readonly status: string;
  readonly subStatus: string;
  readonly impact: string | null;
  readonly product: string | null;
}
