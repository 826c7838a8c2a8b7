import { defineStatement } from '#postgres';

/** The number of a topic. $1 its name. */
export const topicNumberOf = defineStatement<[topic: string], number>({
  name: 'topic_number_of',
  text: (schema) => `select number from ${schema}.topics where name = $1`,
  mapRow: (row) => row.number as number,
});
