import { setTimeout as delay } from 'node:timers/promises';
import type { Database } from 'postamt/engine';
import { countMoved } from '../report/count-moved.js';
import { countPending } from '../report/count-pending.js';
import type { Kill } from './kill.js';
import type { RelayProcess } from './relay-process.js';

const LOOK_MS = 10;
/** How long a relay that stands in a move is held there until something is pending. */
const HOLD_MS = 300;
/** A relay that was stopped in the midst of a statement is idle in its transaction once that statement is done. */
const SETTLE_MS = 4;

export interface KillOptions {
  /** How many events it must have moved before; it may be asked often. */
  readonly least: () => number;
  readonly signal: AbortSignal;
}

/**
 * Kills a relay with SIGKILL while a move of its own is open: it is stopped first, so that the move that is seen open
 * can come to no end before the kill. It has moved something before, and something is pending then.
 *
 * @throws when the relay ends by itself; the signal's reason
 */
export async function killInsideMove(
  db: Database,
  relay: RelayProcess,
  { least, signal }: KillOptions,
): Promise<Kill> {
  const moved = async () => (await countMoved(db))[relay.id] ?? 0;
  while ((await moved()) < Math.max(1, least()))
    await pause(relay, LOOK_MS, signal);
  try {
    for (;;) {
      relay.stopRunning();
      const pending = await pendingInsideMove(db, relay);
      if (pending > 0) {
        await relay.kill();
        return { relay: relay.id, pending };
      }
      relay.goOn();
      await pause(relay, Math.random() * LOOK_MS, signal);
    }
  } finally {
    relay.goOn();
  }
}

async function pause(
  relay: RelayProcess,
  ms: number,
  signal: AbortSignal,
): Promise<void> {
  if (relay.hasEnded) throw new Error(`relay ${relay.id} ended by itself`);
  await delay(ms, undefined, { signal });
}

/** How many events are pending while the stopped relay stays in its transaction; 0 when it is in none. */
async function pendingInsideMove(
  db: Database,
  relay: RelayProcess,
): Promise<number> {
  const deadline = performance.now() + HOLD_MS;
  do {
    await delay(SETTLE_MS);
    if (!(await relay.isInTransaction())) return 0;
    const pending = await countPending(db);
    // Looked at again: what it had sent before may have been a COMMIT.
    if (pending > 0) return (await relay.isInTransaction()) ? pending : 0;
  } while (performance.now() < deadline);
  return 0;
}
