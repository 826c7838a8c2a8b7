import { sql, type Kysely } from 'kysely';
import type { Tables } from './tables.js';

/** Makes the desk's own tables where they do not exist. The board's are the projection's to make. */
export async function createTables(desk: Kysely<Tables>): Promise<void> {
  await desk.schema
    .createTable('incident')
    .ifNotExists()
    .addColumn('id', 'text', (column) => column.primaryKey())
    .addColumn('seq', 'integer', (column) => column.notNull())
    .addColumn('status', 'text', (column) => column.notNull())
    .addColumn('sub_status', 'text', (column) => column.notNull())
    .addColumn('impact', 'text')
    .addColumn('product', 'text')
    .addColumn('support_group', 'text')
    .addColumn('changed_at', 'timestamptz', (column) => column.notNull())
    .addColumn('changes', 'integer', (column) => column.notNull().defaultTo(1))
    // Updated in place, many times: room on each page keeps the updates off the index.
    .modifyEnd(sql`with (fillfactor = 70)`)
    .execute();
  // Without a key: a closing that came twice shall show as two.
  await desk.schema
    .createTable('closing')
    .ifNotExists()
    .addColumn('incident_id', 'text', (column) => column.notNull())
    .addColumn('seq', 'integer', (column) => column.notNull())
    .addColumn('closed_at', 'timestamptz', (column) => column.notNull())
    .execute();
  await desk.schema
    .createTable('demo_run')
    .ifNotExists()
    .addColumn('input', 'text', (column) => column.notNull())
    .addColumn('runs', 'integer', (column) => column.notNull().defaultTo(1))
    .addColumn('killed_relay', 'text')
    .addColumn('pending_at_kill', 'integer')
    .execute();
}
