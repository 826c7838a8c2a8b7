import type { Database } from '#postgres';
import type { RegisteredSchema } from './register-schema.js';

/** A version of a subject, with its schema. */
export interface SubjectVersion extends RegisteredSchema {
  /** The schema as canonical JSON. */
  readonly schemaText: string;
  readonly registeredAt: Date;
}

/**
 * The versions of a subject, from the first; none where nobody has registered any.
 *
 * @example
 * const versions = await listVersions(db, valueSubject('incidents'));
 */
export async function listVersions(
  db: Database,
  subject: string,
): Promise<SubjectVersion[]> {
  const { rows } = await db.query(
    `select version.version, version.schema_id, version.registered_at, schema.definition
    from ${db.schema}.subject_versions as version
    join ${db.schema}.schemas as schema on schema.id = version.schema_id
    where version.subject = $1
    order by version.version`,
    [subject],
  );
  return rows.map((row) => ({
    subject,
    version: row.version as number,
    schemaId: row.schema_id as number,
    schemaText: row.definition as string,
    registeredAt: row.registered_at as Date,
  }));
}
