/** What is known of an incident after all its rows. */
export interface IncidentState {
  readonly incidentId: string;
  readonly status: string;
  readonly subStatus: string;
  /** How often it was changed. */
  readonly changes: number;
  readonly lastSeq: number;
  /** When it was changed last, in milliseconds since 1970. */
  readonly lastAt: number;
  /** How long it was in each status that it left again, in milliseconds. */
  readonly spent: Readonly<Record<string, number>>;
}
