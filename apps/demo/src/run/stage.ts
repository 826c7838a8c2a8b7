import type { Database } from 'postamt/engine';
import type { Board } from '../desk/board.service.js';
import type { ServiceDesk } from '../desk/service-desk.service.js';
import type { IncidentInput } from '../input/incident-input.js';
import type { Progress } from '../progress/progress.js';
import type { RelayFleet } from '../relays/relay-fleet.js';
import type { RunRecord } from './run-record.js';

/** Everything that runs while rows are written. */
export interface Stage {
  readonly db: Database;
  readonly desk: ServiceDesk;
  readonly board: Board;
  readonly record: RunRecord;
  /** The relays, where they are processes of their own. */
  readonly fleet: RelayFleet | undefined;
  readonly input: IncidentInput;
  readonly progress: Progress;
  readonly signal: AbortSignal;
}
