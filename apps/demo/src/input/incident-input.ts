import type { IncidentRow } from './incident-row.js';

/** Where incidents come from. To be read once. */
export interface IncidentInput {
  /** What it is, in words; the same for the same input. */
  readonly name: string;
  /** How many rows there are, as far as is known so far. */
  readonly expectedRows: number;
  /** The rows that are fit to be taken, in their order. */
  rows(): AsyncIterable<IncidentRow> | Iterable<IncidentRow>;
}
