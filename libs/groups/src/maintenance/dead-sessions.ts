import type { Database } from '#postgres';
import { ASSIGNORS } from '../assignors/assignors.js';
import { takeTurn } from '../coordinate/turn.js';
import { asGroupMaintainer } from './maintainer.js';
import { deleteDeadSessions, findBereftGroups } from './sql/dead-sessions.js';

/**
 * Takes the turns of groups whose members are gone, which their fellows would do if there were any left. Where somebody
 * else takes one just now, it is left to him.
 *
 * @returns of how many groups
 */
export async function coordinateBereft(
  db: Database,
  signal: AbortSignal,
): Promise<number> {
  const groups = await db.run(findBereftGroups, []);
  let count = 0;
  for (const groupId of groups) {
    if (signal.aborted) break;
    const turn = { groupId, observer: null, assignors: ASSIGNORS };
    try {
      if (await takeTurn(db, { ...turn, waits: false })) count += 1;
    } catch (err) {
      db.logger.warn({ err, groupId }, 'the turn of a group failed');
    }
  }
  return count;
}

/**
 * Deletes sessions of processes that are gone.
 *
 * @returns how many; undefined where another process is at it
 */
export async function closeDeadSessions(
  db: Database,
): Promise<number | undefined> {
  const closed = await asGroupMaintainer(db, (tx) =>
    tx.run(deleteDeadSessions, []),
  );
  return closed?.length;
}
