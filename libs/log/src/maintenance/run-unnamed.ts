import type { Database, Statement } from '#postgres';

/**
 * Runs a statement that names a leaf and will hardly come again, without preparing it: connections would keep such
 * statements long after their leaves.
 */
export async function runUnnamed<Values extends readonly unknown[], Row>(
  db: Database,
  statement: Statement<Values, Row>,
  values: Values,
): Promise<Row[]> {
  const text = statement.text(db.schema);
  const { rows } = await db.transaction((tx) => tx.query(text, [...values]), {
    statementTimeoutMs: 0,
  });
  return rows.map((row) => statement.mapRow(row));
}
