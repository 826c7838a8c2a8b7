import { killInsideMove } from '../relays/kill-inside-move.js';
import type { KillGate } from './kill-gate.js';
import type { Stage } from './stage.js';

/** How many events a relay has moved before it is killed; fewer where the input is small. */
const MOVED_BEFORE = 1_000;

/** Kills the first of the relays, unless a run before has killed one; opens the gate then. Ends when `signal` aborts. */
export async function killRelay(
  { db, fleet, record, progress, input }: Stage,
  gate: KillGate,
  signal: AbortSignal,
): Promise<void> {
  const [victim] = fleet?.relays ?? [];
  if (!victim || (await record.kill())) return gate.open();
  try {
    const least = () => Math.min(MOVED_BEFORE, input.expectedRows / 20);
    const kill = await killInsideMove(db, victim, { least, signal });
    await record.noteKill(kill);
    progress.say(
      `relay ${kill.relay} was killed with SIGKILL inside a move, ${kill.pending} events pending`,
    );
    gate.open();
  } catch (error) {
    // Everything was written and moved before it could be done: the report says so.
    if (!signal.aborted) throw error;
  }
}
