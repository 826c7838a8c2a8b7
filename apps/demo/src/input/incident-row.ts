/** One event of one incident, as the columns of the incident log have it; null = unknown. */
export interface IncidentRow {
  readonly incidentId: string;
  /** Rises within its incident, from 0. */
  readonly seq: number;
  /** Milliseconds since 1970; never runs against `seq`. */
  readonly at: number;
  readonly status: Status;
  readonly subStatus: string;
  readonly impact: string | null;
  readonly product: string | null;
  readonly resource: string | null;
  readonly resourceCountry: string | null;
  readonly supportGroup: string | null;
  readonly role: string | null;
  readonly organization: string | null;
  readonly organizationCountry: string | null;
}

/** The statuses that an incident can have. */
export const STATUSES = [
  'Accepted',
  'Queued',
  'Completed',
  'Unmatched',
] as const;

export type Status = (typeof STATUSES)[number];
