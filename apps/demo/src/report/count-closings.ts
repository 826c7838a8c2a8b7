import type { Database } from 'postamt/engine';

/** How many closings were written down. */
export async function countClosings(db: Database): Promise<number> {
  const { rows } = await db.query('select count(*)::int as count from closing');
  return rows[0]?.count as number;
}
