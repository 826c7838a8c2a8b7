import { isPostamtError } from '#kernel';
import type { Database, Tx } from '#postgres';
import { SINK_LOCK } from '../shard.js';
import {
  carryCursors,
  carryDelivery,
  shardsToCarry,
} from '../sql/carry-over.js';
import {
  isPartNeeded,
  lockPart,
  noteEmpty,
  truncatePart,
} from '../sql/clean-part.js';
import { planByIndexes } from '../sql/plan-by-indexes.js';
import { tryShards } from '../sql/try-shards.js';
import { asMaintainer } from './maintenance-lock.js';

/** Who reads the part holds up the lock, and who comes after waits for the lock: it rather comes back. */
const LOCK_TIMEOUT_MS = 50;

/** What came of the attempt to clean a part. */
export type CleanOutcome = 'cleaned' | 'busy' | 'needed';

/**
 * Empties a part, where nothing in it is needed any more: the last cursors that stand in it are written once more before.
 * It waits for nobody for longer than a moment, and business transactions never wait for it: they write into another
 * part, and one that still writes into this one keeps it from being locked.
 */
export async function cleanPart(
  db: Database,
  part: number,
): Promise<CleanOutcome> {
  try {
    if (!(await carryOver(db, part))) return 'busy';
    const outcome = await asMaintainer(
      db,
      (tx) => truncate(tx, part),
      LOCK_TIMEOUT_MS,
    );
    return outcome ?? 'busy';
  } catch (error) {
    if (isPostamtError(error, 'TIMED_OUT')) return 'busy';
    throw error;
  }
}

/** Writes what a part holds of the latest once more, into the current part. Resolves to false where a relay is at it. */
async function carryOver(db: Database, part: number): Promise<boolean> {
  return db.transaction(async (tx) => {
    const shards = await tx.run(shardsToCarry, [part]);
    const wanted = [...shards, SINK_LOCK];
    const held = await tx.run(tryShards, [
      wanted,
      tx.lockKeys('outboxShard', wanted),
    ]);
    if (held.length < wanted.length) return false;
    await tx.run(carryDelivery, [part]);
    // Read anew: between the look and the lock a relay may have written a later cursor.
    const left = await tx.run(shardsToCarry, [part]);
    if (left.length > 0) await tx.run(carryCursors, [left]);
    return true;
  });
}

async function truncate(tx: Tx, part: number): Promise<CleanOutcome> {
  await tx.run(planByIndexes, []);
  await tx.query(lockPart(tx.schema, part));
  const [found] = await tx.run(isPartNeeded, [part]);
  if (!found || found.needed) return 'needed';
  await tx.query(truncatePart(tx.schema, part));
  await tx.run(noteEmpty, [part]);
  return 'cleaned';
}
