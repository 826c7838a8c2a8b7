import type { Database } from '#postgres';

/**
 * Makes the database look as if all that is in it had been restored from a dump of another server: another incarnation,
 * and transaction ids far ahead of the ones that are given out here.
 */
export async function becomeAnotherServer(db: Database): Promise<void> {
  await db.query(
    `create or replace function postamt.incarnation() returns bigint language sql stable as 'select 4711::bigint'`,
  );
  await db.query(
    `update postamt.outbox_events set xid = (xid::text::bigint + 4000000000)::text::xid8`,
  );
  await db.query(
    `update postamt.outbox_cursors set snapshot = '4000000003:4000000003:'`,
  );
}
