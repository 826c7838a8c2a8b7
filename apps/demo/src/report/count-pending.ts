import type { Database } from 'postamt/engine';

/** How many committed events stand in no topic yet. */
export async function countPending(db: Database): Promise<number> {
  const { rows } = await db.query(
    `select count(*)::int as pending from ${db.schema}.outbox where status = 'PENDING'`,
  );
  return Number(rows[0]?.pending);
}
