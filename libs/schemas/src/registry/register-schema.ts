import { lockIdOf, type Database, type Tx } from '#postgres';

/** A version of a subject, and the id that its schema has in this installation. */
export interface RegisteredSchema {
  readonly subject: string;
  readonly version: number;
  readonly schemaId: number;
}

/** A schema to be registered: its canonical text and the fingerprint of that, in hex. */
export interface SchemaText {
  readonly schemaText: string;
  readonly fingerprint: string;
}

/** The subject of a topic's values, by the rule that Confluent calls TopicNameStrategy. */
export function valueSubject(topicName: string): string {
  return `${topicName}-value`;
}

/**
 * Registers a schema under a subject: the next version, or the one that it has already. Equal texts have one id
 * throughout the installation.
 */
export async function registerSchema(
  db: Database,
  subject: string,
  schema: SchemaText,
): Promise<RegisteredSchema> {
  const known = await findVersion(db, subject, schema.fingerprint);
  return known ?? db.transaction((tx) => insertVersion(tx, subject, schema));
}

async function insertVersion(
  tx: Tx,
  subject: string,
  schema: SchemaText,
): Promise<RegisteredSchema> {
  await tx.lock('subject', [lockIdOf(subject)]);
  const schemaId = await insertSchema(tx, schema);
  await tx.query(
    `insert into ${tx.schema}.subject_versions (subject, version, schema_id)
    select $1, coalesce(max(version), 0) + 1, $2 from ${tx.schema}.subject_versions where subject = $1
    on conflict on constraint subject_versions_subject_schema_id_key do nothing`,
    [subject, schemaId],
  );
  return (await findVersion(
    tx,
    subject,
    schema.fingerprint,
  )) as RegisteredSchema;
}

/** Two subjects may bring one text at the same time: whoever comes second finds the row, once the first has committed. */
async function insertSchema(tx: Tx, schema: SchemaText): Promise<number> {
  const fingerprint = Buffer.from(schema.fingerprint, 'hex');
  await tx.query(
    `insert into ${tx.schema}.schemas (fingerprint, definition) values ($1, $2)
    on conflict on constraint schemas_fingerprint_key do nothing`,
    [fingerprint, schema.schemaText],
  );
  const { rows } = await tx.query(
    `select id from ${tx.schema}.schemas where fingerprint = $1`,
    [fingerprint],
  );
  return rows[0]?.id as number;
}

async function findVersion(
  db: Database | Tx,
  subject: string,
  fingerprint: string,
): Promise<RegisteredSchema | undefined> {
  const { rows } = await db.query(
    `select version.version, version.schema_id
    from ${db.schema}.subject_versions as version
    join ${db.schema}.schemas as schema on schema.id = version.schema_id
    where version.subject = $1 and schema.fingerprint = $2`,
    [subject, Buffer.from(fingerprint, 'hex')],
  );
  const [row] = rows;
  return (
    row && {
      subject,
      version: row.version as number,
      schemaId: row.schema_id as number,
    }
  );
}
