import type { IncidentRow } from '../input/incident-row.js';

/** A change to an incident that is as far already: nothing was written. */
export class StaleChange extends Error {
  override readonly name = 'StaleChange';

  constructor({ incidentId, seq }: IncidentRow) {
    super(`${incidentId} is at ${seq} already, or further`);
  }
}
