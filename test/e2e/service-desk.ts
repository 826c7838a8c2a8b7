import { sql, type Generated, type Transaction } from 'kysely';
import type { RecordContext } from '#client';
import { projection } from '#event-sourcing';
import { defineTopic } from '#schemas';

/** The tables of the application under test. */
export interface Tables {
  incident: { id: string; status: string; seq: number };
  board: {
    incident_id: string;
    status: string;
    sub_status: string;
    changes: Generated<number>;
    last_seq: number;
    last_at: string;
    spent: Generated<Record<string, number>>;
  };
}

export const incidents = defineTopic('incidents', {
  partitions: 6,
  // What is rebuilt from is kept: for ever, not for Kafka's seven days.
  config: { 'retention.ms': -1 },
  key: 'string',
  value: {
    type: 'record',
    name: 'IncidentChanged',
    fields: [
      { name: 'seq', type: 'int' },
      { name: 'at', type: { type: 'long', logicalType: 'timestamp-millis' } },
      { name: 'status', type: 'string' },
      { name: 'subStatus', type: 'string' },
      { name: 'impact', type: ['null', 'string'], default: null },
      { name: 'product', type: ['null', 'string'], default: null },
    ],
  },
});

/** The current state of each incident, its changes, and the time that it spent in each status. */
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
