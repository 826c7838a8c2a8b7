import type { Database } from '#postgres';

/** Makes the business tables, beside Postamt's. */
export async function createDesk(db: Database): Promise<void> {
  // The row of a key is what its transactions are serialised on.
  await db.query(
    `create table public.desk (topic text, key text, version int not null, primary key (topic, key))`,
  );
  // Written in the transaction that publishes: what stands here was committed, whatever anybody was told.
  await db.query(
    `create table public.ledger (
      event_id uuid primary key, topic text not null, key text, version int not null, carried int not null,
      due bigint, transaction text not null
    )`,
  );
  await db.query(`create table public.elsewhere (transaction text)`);
}

/** How many events were committed by now. */
export async function countCommitted(db: Database): Promise<number> {
  const { rows } = await db.query(
    'select count(*)::int as events from public.ledger',
  );
  return rows[0]?.events as number;
}
