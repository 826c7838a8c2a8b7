import type { Database } from '#postgres';

/** Where the transaction ids of the server that rows came from stood, beside those of this one. */
export const ORIGINS = ['far ahead', 'behind'] as const;

export type Origin = (typeof ORIGINS)[number];

/**
 * Makes the database look as if all that is in it had been restored from a dump of another server: another incarnation,
 * and transaction ids that are far ahead of the ones given out here, or are seen as committed long ago.
 */
export async function becomeAnotherServer(
  db: Database,
  origin: Origin,
): Promise<void> {
  await db.query(
    `create or replace function postamt.incarnation() returns bigint language sql stable as 'select 4711::bigint'`,
  );
  if (origin === 'behind') return;
  await db.query(
    `update postamt.outbox_events set xid = (xid::text::bigint + 4000000000)::text::xid8`,
  );
  await db.query(
    `update postamt.outbox_cursors set snapshot = '4000000003:4000000003:'`,
  );
}
