import type { Database } from 'postamt/engine';

/** How many events each relay moved, by what stands beside the batches. */
export async function countMoved(
  db: Database,
): Promise<Record<string, number>> {
  const { rows } = await db.query(
    `select relay, sum(cardinality(ids))::float8 as moved
    from ${db.schema}.outbox_batches group by relay order by relay`,
  );
  return Object.fromEntries(
    rows.map(({ relay, moved }) => [relay as string, moved as number]),
  );
}
