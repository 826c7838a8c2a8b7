import { isPostamtError } from '#kernel';
import type { Database } from '#postgres';
import {
  enterGeneration,
  lockGeneration,
  openGeneration,
  readIdGeneration,
  truncateGeneration,
} from '../sql/turn-ids.js';
import { asMaintainer } from './maintenance-lock.js';

const LOCK_TIMEOUT_MS = 50;

/**
 * Begins a new generation of chosen ids, once the current one is as old as an id is to be known: ids of the one before
 * stay known. The table that it uses is emptied first, and used only when that has committed. Resolves to whether it did.
 */
export async function turnIds(
  db: Database,
  retentionMs: number,
): Promise<boolean> {
  try {
    const opened = await asMaintainer(
      db,
      async (tx) => {
        const [current] = await tx.run(readIdGeneration, []);
        if (!current || current.ageMs < retentionMs) return false;
        const next = current.number + 1n;
        await tx.query(lockGeneration(tx.schema, next));
        await tx.query(truncateGeneration(tx.schema, next));
        await tx.run(openGeneration, [next]);
        return true;
      },
      LOCK_TIMEOUT_MS,
    );
    await db.run(enterGeneration, []);
    return opened ?? false;
  } catch (error) {
    if (isPostamtError(error, 'TIMED_OUT')) return false;
    throw error;
  }
}
