import { sql, type Transaction } from 'kysely';
import type { RecordContext } from 'postamt';
import { projection } from 'postamt/event-sourcing';
import { incidents } from './incidents.topic.js';
import type { Tables } from './tables.js';

/** The current state of each incident, the count of its changes, and the time that it spent in each status. */
export const board = projection({
  name: 'board',
  topic: incidents,
  create: (tx: Transaction<Tables>, table) =>
    tx.schema
      .createTable(table)
      .addColumn('incident_id', 'text', (column) => column.primaryKey())
      .addColumn('status', 'text', (column) => column.notNull())
      .addColumn('sub_status', 'text', (column) => column.notNull())
      .addColumn('changes', 'integer', (column) =>
        column.notNull().defaultTo(1),
      )
      .addColumn('last_seq', 'integer', (column) => column.notNull())
      .addColumn('last_at', 'bigint', (column) => column.notNull())
      .addColumn('spent', 'jsonb', (column) => column.notNull().defaultTo('{}'))
      .modifyEnd(sql`with (fillfactor = 70)`)
      .execute(),
  apply: async (change, record: RecordContext<Tables, string>, table) => {
    if (change === null || record.key === null) return;
    const before = sql.ref(`${table}.status`);
    const time = sql`excluded.last_at - ${sql.ref(`${table}.last_at`)}`;
    const spent = sql.ref(`${table}.spent`);
    await record.tx
      .insertInto(table)
      .values({
        incident_id: record.key,
        status: change.status,
        sub_status: change.subStatus,
        last_seq: change.seq,
        last_at: String(change.at),
      })
      .onConflict((conflict) =>
        conflict.column('incident_id').doUpdateSet({
          status: sql`excluded.status`,
          sub_status: sql`excluded.sub_status`,
          last_seq: sql`excluded.last_seq`,
          last_at: sql`excluded.last_at`,
          changes: sql`${sql.ref(`${table}.changes`)} + 1`,
          spent: sql`${spent} || jsonb_build_object(${before}, coalesce((${spent} ->> ${before})::bigint, 0) + ${time})`,
        }),
      )
      .execute();
  },
});
