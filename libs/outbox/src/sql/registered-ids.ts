import { defineStatement } from '#postgres';

/** Whether a schema is gone whose subject is there. */
export interface RegisteredId {
  readonly topicNumber: number;
  readonly id: number;
  readonly missing: boolean;
}

/** $1 topic numbers · $2 their subjects · $3 ids of schemas, at the same places. */
export const registeredIds = defineStatement<
  [
    topicNumbers: readonly number[],
    subjects: readonly string[],
    ids: readonly number[],
  ],
  RegisteredId
>({
  name: 'registered_ids',
  text: (schema) => `
    select
      named.topic_number, named.id,
      exists (select from ${schema}.subject_versions as version where version.subject = named.subject)
      and not exists (select from ${schema}.schemas as registered where registered.id = named.id) as missing
    from unnest($1::int[], $2::text[], $3::int[]) as named(topic_number, subject, id)`,
  mapRow: (row) => ({
    topicNumber: row.topic_number as number,
    id: row.id as number,
    missing: row.missing as boolean,
  }),
});
