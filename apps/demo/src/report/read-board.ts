import type { Database } from 'postamt/engine';
import type { IncidentState } from '../fold/incident-state.js';

/** A table of the board as it stands, in the form of the fold. */
export async function readBoard(
  db: Database,
  version: number,
): Promise<IncidentState[]> {
  const { rows } = await db.query(
    `select incident_id as "incidentId", status, sub_status as "subStatus", changes,
      last_seq as "lastSeq", last_at::float8 as "lastAt", spent
    from board_v${version}`,
  );
  return rows as unknown as IncidentState[];
}
