import type { IncidentState } from '../fold/incident-state.js';
import type { Kill } from '../relays/kill.js';
import type { ReadBack } from './read-back.js';

/** What a run did and what it found: what the report is made of. */
export interface Findings {
  readonly input: string;
  readonly rows: number;
  readonly rejected: number;
  readonly resumed: number;
  /** What the input folds to. */
  readonly fold: {
    readonly rows: number;
    readonly closings: number;
    readonly states: readonly IncidentState[];
  };
  readonly readBack: ReadBack;
  /** Whether a relay was to be killed, and what came of it. */
  readonly kill: { readonly wanted: boolean; readonly done: Kill | undefined };
  readonly rebuild: {
    readonly version: number;
    readonly records: number;
    readonly seconds: number;
  };
  /** How long the writers took. */
  readonly writeSeconds: number;
  readonly seconds: number;
}
