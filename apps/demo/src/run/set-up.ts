import { Database } from 'postamt/engine';
import { Board } from '../desk/board.service.js';
import { DeskDatabase } from '../desk/desk-database.js';
import { ServiceDesk } from '../desk/service-desk.service.js';
import { startDesk } from '../desk/start-desk.js';
import type { IncidentInput } from '../input/incident-input.js';
import type { Progress } from '../progress/progress.js';
import { stderrLogger } from '../progress/stderr-logger.js';
import { RelayFleet } from '../relays/relay-fleet.js';
import type { Closers } from './closers.js';
import type { DemoOptions } from './demo-options.js';
import { RunRecord } from './run-record.js';
import { ENGINE_SCHEMA } from './schemas.js';
import type { Stage } from './stage.js';
import { WRITERS } from './write-and-follow.js';

export interface SetUp {
  readonly input: IncidentInput;
  readonly connectionString: string;
  readonly progress: Progress;
  readonly signal: AbortSignal;
  /** For what lives until the figures are read. */
  readonly closers: Closers;
  /** For what runs while rows are written. */
  readonly running: Closers;
}

const RELAYS = 2;

/** Starts the service desk, and the relays where they are processes of their own. */
export async function setUp(
  { killRelay }: DemoOptions,
  { input, connectionString, progress, signal, closers, running }: SetUp,
): Promise<Stage> {
  const say = (line: string) => progress.say(line);
  const app = await startDesk(
    {
      connectionString,
      schema: ENGINE_SCHEMA,
      writers: WRITERS,
      relay: killRelay ? false : { id: 'in-app' },
    },
    say,
  );
  running.add(() => app.close());
  const db = new Database({
    connection: connectionString,
    schema: ENGINE_SCHEMA,
    applicationName: 'postamt-demo',
    logger: stderrLogger('demo', say),
  });
  closers.add(() => db.close());
  const record = new RunRecord(app.get(DeskDatabase));
  const before = await record.begin(input.name);
  const fleet = killRelay
    ? new RelayFleet({ db, connectionString, ids: relayIds(before) })
    : undefined;
  if (fleet) running.add(() => fleet.stop());
  await fleet?.ready(signal);
  const desk = app.get(ServiceDesk);
  const board = app.get(Board);
  return { db, desk, board, record, fleet, input, progress, signal };
}

/** Names that no run before on the same data has given. */
function relayIds(runsBefore: number): string[] {
  return Array.from(
    { length: RELAYS },
    (_, n) => `relay-${runsBefore * RELAYS + n + 1}`,
  );
}
