import type { Database } from '#postgres';
import { readGroups, type ListedGroup } from './sql/list-groups.js';

/**
 * All groups, by name.
 *
 * @example
 * const empty = (await listGroups(db)).filter(({ state }) => state === 'EMPTY');
 */
export async function listGroups(db: Database): Promise<ListedGroup[]> {
  return db.run(readGroups, []);
}
