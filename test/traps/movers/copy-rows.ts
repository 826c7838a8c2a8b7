import type { Database } from '#postgres';

/** What migrations keep for themselves. */
const NOT_COPIED = ['migrations', 'migrations_lock'];

/** Every table of Postamt's with rows of its own: partitions and not their parents. */
export async function tablesOf(db: Database): Promise<string[]> {
  const { rows } = await db.query(
    `select relname as name from pg_class
    where relnamespace = $1::regnamespace and relkind = 'r' and relname <> all ($2::text[])`,
    [db.schema, NOT_COPIED],
  );
  return rows.map(({ name }) => name as string);
}

/** Empties tables, whatever refers to them. */
export async function clear(
  db: Database,
  tables: readonly string[],
): Promise<void> {
  const names = tables.map((table) => `${db.schema}.${table}`);
  await db.query(`truncate ${names.join(', ')} cascade`);
}

/**
 * Copies rows as they are, by plain SELECT and INSERT, with their transaction ids, incarnations and parts. Sequences stay
 * where they are.
 */
export async function copyRows(
  from: Database,
  to: Database,
  tables: readonly string[],
): Promise<void> {
  await to.transaction(async (tx) => {
    // No foreign key is looked at: any order will do.
    await tx.query(`set local session_replication_role = 'replica'`);
    for (const table of tables) {
      const name = `${to.schema}.${table}`;
      const { rows } = await from.query(
        `select coalesce(json_agg(row)::text, '[]') as rows from ${name} as row`,
      );
      await tx.query(
        `insert into ${name} overriding system value
        select * from json_populate_recordset(null::${name}, $1::json)`,
        [rows[0]?.rows],
      );
    }
  });
}

/** Has the identity of events go on behind what stands there, as a restore does. */
export async function moveSequenceOn(db: Database): Promise<void> {
  await db.query(
    `select setval(pg_get_serial_sequence('${db.schema}.outbox_events', 'id'), 1000000)`,
  );
}
