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
  const { rows } = await db.query(statement.text(db.schema), [...values]);
  return rows.map((row) => statement.mapRow(row));
}
