import { defineStatement } from '#postgres';

/** The bytes on disk of a topic's active leaf, its TOAST with it, indexes not; none where the topic is gone. $1 topic number */
export const segmentSize = defineStatement<[topicNumber: number], number>({
  name: 'segment_size',
  text: (schema) => `
    select pg_table_size(to_regclass('${schema}.' || leaf)) as size
    from ${schema}.segments where topic_number = $1 and state = 'active'`,
  mapRow: (row) => Number(row.size),
});
